//! What the documentation of a macro shows of its expansion stands in the snapshot, line by line.

use std::path::Path;

/// A file of the documentation, and the snapshot that it shows.
const SHOWN: [(&str, &str); 12] = [
    ("boundary", "boundary"),
    ("converter", "converter_stream"),
    ("domain", "domain"),
    ("fanout", "fanout_tuple"),
    ("filter", "filter"),
    ("handler", "handler_async"),
    ("handlers", "handlers"),
    ("link_crates", "link_crates"),
    ("main", "main"),
    ("named_event", "named_event"),
    ("producer", "producer_async"),
    ("timer", "timer_ongoing"),
];

#[test]
fn the_documentation_shows_what_a_macro_expands_to() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let snapshots = package.parent().expect("it lies in the workspace").join("tests/expand");
    let files = std::fs::read_dir(package.join("docs")).expect("there is documentation").count();
    assert_eq!(files, SHOWN.len());
    for (documented, snapshot) in SHOWN {
        let text =
            std::fs::read_to_string(package.join(format!("docs/{documented}.md"))).expect("it is documented");
        let whole =
            std::fs::read_to_string(snapshots.join(format!("{snapshot}.rs"))).expect("there is a snapshot");
        let (_, shown) = text.split_once("# Expansion\n").expect("it says what it expands to");
        let (_, shown) = shown.split_once("```text\n").expect("it shows so");
        let (shown, _) = shown.split_once("```").expect("the block ends");
        let mut lines = whole.lines().map(str::trim);
        for line in shown.lines().map(str::trim).filter(|line| *line != "…") {
            assert!(
                lines.any(|other| other == line),
                "`{documented}` does not expand to this, or not here: {line}"
            );
        }
    }
}
