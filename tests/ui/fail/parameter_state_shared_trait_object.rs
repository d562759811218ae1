use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

trait Clock {}

#[handler(Reading)]
fn watch(_: &Reading, _: std::sync::Arc<dyn Clock + Send + Sync>) {}

fn main() {}
