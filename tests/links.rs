//! A library that only `link_crates!` names is all there, in debug and in release; one without annotated items is told.

use nexus::prelude::*;

// One library that no other code names; one that this package knows by another name than its own; and one through
// another library that passes it on.
nexus::link_crates!(nexus_test_plug, alias);

#[tokio::test]
async fn a_library_that_only_link_crates_names_is_all_there() {
    let ledger = Nexus::builder().build().expect("both libraries have annotated items").run().await.unwrap();
    assert_eq!(ledger.of_type(&"plug.Work".into()).handled, 1);
    assert_eq!(ledger.of_type(&"plug.Done".into()).handled, 1);
}

#[test]
fn the_plan_names_the_places_in_the_library() {
    let table = Nexus::builder().plan().table();
    assert!(table.contains("handler work (tests/plugs/plug/src/lib.rs:"), "{table}");
    assert!(table.contains("handler receive (tests/plugs/renamed/src/lib.rs:"), "{table}");
}
