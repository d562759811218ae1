use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

use std::sync::Arc;

trait Clock {}

#[handler(Reading)]
fn watch(_: &Reading, _: &dyn Clock, _: Arc<dyn Clock + Send + Sync>, _: &str, _: &[u8]) {}

fn main() {}
