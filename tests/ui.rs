//! What the compiler says: one case a mistake, and programs that look unusual but are right. See `ui/README.md`.

use std::fs;
use std::path::Path;

#[test]
fn a_mistake_is_one_error_at_the_token_that_must_change() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_looks_unusual_is_right() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

/// Mistakes of which the compiler says more than once, whatever a macro does, and how often.
const SAID_AGAIN: [(&str, usize); 2] = [
    // The compiler asks for an event at the call, and again where its future is awaited.
    ("emit_no_event_by_handle", 2),
    // No macro can see whether a function that takes `self` stands in an `impl` block; the compiler can.
    ("handler_self_in_free_function", 2),
];

#[test]
fn one_mistake_is_one_error_with_a_line_of_help() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    let mut cases = 0;
    for entry in fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("a case").path();
        if path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        cases += 1;
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let text = fs::read_to_string(&path).expect("what the compiler says");
        let lines: Vec<&str> = text.lines().collect();
        let errors = lines.iter().filter(|line| line.starts_with("error")).count();
        match SAID_AGAIN.iter().find(|(known, _)| *known == name) {
            Some((_, most)) => assert!(errors <= *most, "{name} has {errors} errors"),
            None if name.contains("_many_") => assert!(errors > 1, "{name} has {errors} errors"),
            None => assert_eq!(errors, 1, "{name} has {errors} errors"),
        }
        for two in lines.windows(2) {
            let Some(what) = two[0].strip_prefix("error: ") else { continue };
            let first = what.chars().next().unwrap_or_default();
            assert!(!first.is_uppercase(), "{name}: {what}");
            // The compiler's own errors have their help further below.
            let own = ["future cannot be sent", "free function without a body", "`self` parameter is only"]
                .iter()
                .any(|own| what.starts_with(own));
            assert!(own || two[1].trim_start().starts_with("help: "), "{name}: no help for: {what}");
        }
    }
    assert!(cases > 300, "{cases} cases");
}
