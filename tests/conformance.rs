//! The behaviour that is kept from the reference implementation, repaired or finished: scenarios with the trace that they must
//! leave, one file each in `conformance/`. `docs/parity.md` says which rule is shown by which.

#[allow(dead_code, missing_docs, unreachable_pub, reason = "these are the modules of an example")]
#[path = "../examples/conformance"]
mod runner {
    pub mod clock;
    pub mod run;
    pub mod scenario;
    pub mod trace;
}

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// The entries of each actor, in order; between actors the order is free where a scenario says so.
fn by_actor(trace: &[Value], compare: Option<&str>) -> BTreeMap<String, Vec<Value>> {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in trace {
        let actor = match compare {
            Some("by_actor") => {
                let named = entry.get("by").or(entry.get("nexus")).map(ToString::to_string);
                named.unwrap_or_else(|| format!("step {}", entry["step"]))
            }
            _ => String::new(),
        };
        groups.entry(actor).or_default().push(entry.clone());
    }
    groups
}

#[test]
fn every_scenario_leaves_the_trace_that_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let whole: Value = serde_json::from_str(&text).unwrap();
        let scenario =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let trace = runner::run::on_paused_clock(&scenario).unwrap();
        let compare = whole["compare"].as_str();
        let (wanted, got) =
            (by_actor(whole["expect"].as_array().unwrap(), compare), by_actor(&trace, compare));
        if wanted != got {
            wrong.push(format!(
                "{}: {}\n  wanted {}\n  got    {}",
                file.display(),
                whole["why"],
                whole["expect"],
                Value::from(trace)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} scenarios differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
    assert!(files.len() >= 164, "some scenarios are gone");
}
