//! Writes what a full run has found into `docs/build-cost.md`, between marks: what people have written around them stays.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Error;

/// The peers' versions are those of this program.
const LOCK: &str = include_str!("../Cargo.lock");

/// Puts the tables in.
pub(crate) fn write(tables: &str, aims: &str, repetitions: usize) -> Result<(), Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/build-cost.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = between(&text, "tables", &format!("{}\n{tables}", conditions(repetitions)))?;
    fs::write(&path, between(&text, "aims", aims)?)?;
    eprintln!("written: docs/build-cost.md");
    Ok(())
}

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
fn between(text: &str, name: &str, new: &str) -> Result<String, Error> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let missing = || format!("`{open}` and `{close}` have to stand in docs/build-cost.md, in this order");
    let (before, rest) = text.split_once(&open).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&close).ok_or_else(missing)?;
    Ok(format!("{before}{open}\n\n{}\n\n{close}{after}", new.trim()))
}

/// The machine, the compiler, and the versions of the peers.
fn conditions(repetitions: usize) -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let rustc = rustc.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let rustc = rustc.split(" (").next().unwrap_or_default().trim().to_owned();
    let versions = ["jaeb", "kameo", "tokio"].map(|package| format!("{package} {}", version(package)));
    let runs = if repetitions == 1 { "one run".to_owned() } else { format!("medians of {repetitions} runs") };
    format!("{processor}, {cores} cores; {rustc}; {}; {runs}.\n", versions.join(", "))
}

/// The version in the lock file.
fn version(package: &str) -> &'static str {
    let head = format!("name = \"{package}\"\nversion = \"");
    LOCK.split_once(&head).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = "before\n<!-- aims -->\nold\n<!-- /aims -->\nafter\n";
        let new = between(text, "aims", "new\n").unwrap();
        assert_eq!(new, "before\n<!-- aims -->\n\nnew\n\n<!-- /aims -->\nafter\n");
        assert_eq!(between(&new, "aims", "new").unwrap(), new);
        assert!(between(text, "tables", "new").is_err());
    }

    #[test]
    fn every_peer_has_a_version() {
        assert!(["jaeb", "kameo", "tokio"].iter().all(|package| version(package) != "?"));
    }
}
