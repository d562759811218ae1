use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Option<Reading>)]
fn watch(_: &Option<Reading>) {}

fn main() {}
