//! A library that only passes others on.

nexus::link_crates!(nexus_test_plug);

pub use nexus_test_plug;
