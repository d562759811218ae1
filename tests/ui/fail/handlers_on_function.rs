use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handlers]
fn watch(_: &Reading) {}

fn main() {}
