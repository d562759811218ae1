use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(_: &Reading, _: Option<u32>) {}

fn main() {}
