use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading, order = 1, order = 2)]
fn watch(_: &Reading) {}

fn main() {}
