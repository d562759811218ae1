use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(&Reading)]
fn watch(_: &Reading) {}

fn main() {}
