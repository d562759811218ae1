use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading, oder = 10)]
fn watch(_: &Reading) {}

fn main() {}
