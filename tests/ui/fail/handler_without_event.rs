use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler]
fn watch(_: &Reading) {}

fn main() {}
