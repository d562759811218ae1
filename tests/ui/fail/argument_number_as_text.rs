use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading, order = "10")]
fn watch(_: &Reading) {}

fn main() {}
