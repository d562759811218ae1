use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading, domian = Main)]
fn watch(_: &Reading) {}

fn main() {}
