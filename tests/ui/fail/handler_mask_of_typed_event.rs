use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(mask = 0b0110)]
fn watch(_: Reading) {}

fn main() {}
