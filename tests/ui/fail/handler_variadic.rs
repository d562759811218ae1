use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
unsafe extern "C" fn watch(_: &Reading, _: ...) {}

fn main() {}
