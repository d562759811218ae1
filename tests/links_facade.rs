//! A library that passes others on: naming it is enough, and so is naming one through it.

use nexus::prelude::*;

nexus::link_crates!(nexus_test_facade, nexus_test_facade::nexus_test_plug);

#[tokio::test]
async fn a_facade_counts_for_what_it_links() {
    let ledger = Nexus::builder().build().expect("neither fails falsely").run().await.unwrap();
    assert_eq!(ledger.of_type(&"plug.Work".into()).handled, 1);
}
