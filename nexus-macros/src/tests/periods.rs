//! The periods that a timer may have.

use super::errors;
use crate::diagnostics::Errors;
use crate::source::period;

/// What `every = "…"` comes to, as written in the expansion.
fn every(text: &str) -> Option<String> {
    let literal: syn::Expr = syn::parse_quote!(#text);
    let mut errors = Errors::default();
    let tokens = period::read(&literal, &mut errors)?.to_string().replace(' ', "");
    let duration =
        tokens.strip_prefix("__nexus::Period::Fixed(__nexus::std::Duration::new(")?.strip_suffix("))")?;
    Some(duration.to_owned())
}

fn mistake(arguments: &str) -> String {
    let all = errors(&format!("#[timer({arguments})] fn tick() -> Tick {{ Tick }}"));
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap_or_default()
}

#[test]
fn a_period_is_a_number_and_a_unit() {
    for (text, expected) in [
        ("1s", "1,0"),
        ("1.5s", "1,500000000"),
        (".5s", "0,500000000"),
        ("1.s", "1,0"),
        (" 2 min ", "120,0"),
        ("1h", "3600,0"),
        ("1d", "86400,0"),
        ("250ms", "0,250000000"),
        ("10us", "0,10000"),
        ("10µs", "0,10000"),
        ("1ns", "0,1"),
        ("1_000ms", "1,0"),
        ("0.000000001s", "0,1"),
        ("36500d", "3153600000,0"),
    ] {
        assert_eq!(every(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_period_is_a_mistake() {
    let units = "\n  help: write a number and a unit: `every = \"250ms\"`, `\"1.5s\"`, `\"2min\"`, `\"1h\"`";
    let whole = "\n  help: write `every = \"1s\"`";
    for (arguments, expected) in [
        ("every = \"\"", format!("`` is no period{units}")),
        ("every = \"often\"", format!("`often` is no period{units}")),
        ("every = \"-1s\"", format!("`-1s` is no period{units}")),
        ("every = \"5\"", "`5` has no unit of time\n  help: write `every = \"5s\"`".to_owned()),
        ("every = \"5 parsecs\"", {
            "`parsecs` is no unit of time\n  help: expected one of `ns`, `us`, `ms`, `s`, `min`, `h`, `d`"
                .to_owned()
        }),
        (
            "every = \"2hours\"",
            "`hours` is no unit of time\n  help: did you mean `every = \"2h\"`?".to_owned(),
        ),
        ("every = \"1.5 S\"", "`S` is no unit of time\n  help: did you mean `every = \"1.5s\"`?".to_owned()),
        ("every = \".s\"", format!("`.` is no number{units}")),
        ("every = \"1.2.3s\"", format!("`1.2.3` is no number{units}")),
        ("every = \"1.0000000001s\"", format!("`1.0000000001` is no number{units}")),
        ("every = \"999999999999999999999999999999999999999999s\"", {
            format!("`999999999999999999999999999999999999999999` is no number{units}")
        }),
        ("every = \"0s\"", format!("a timer can't tick without a pause{whole}")),
        ("every = \"0.1ns\"", format!("a timer can't tick without a pause{whole}")),
        ("every = \"36501d\"", {
            "`36501d` is more than a hundred years\n  help: write at most `every = \"36500d\"`".to_owned()
        }),
        ("every = 5", "`5` has no unit of time\n  help: write `every = \"5s\"`".to_owned()),
    ] {
        assert_eq!(mistake(arguments), expected, "{arguments}");
    }
}

#[test]
fn a_function_of_state_may_say_the_period() {
    for value in ["|limits: &Limits| limits.period", "Limits::period", "plant::period"] {
        assert_eq!(errors(&format!("#[timer(every = {value})] fn tick() -> Tick {{ Tick }}")), [""; 0]);
    }
    let all = errors("#[timer(every = 1 + 1)] fn tick() -> Tick { Tick }");
    assert!(all[0].starts_with("`every` takes a period or a function of state"), "{all:?}");
}
