use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
extern "C" fn watch(_: &Reading) {}

fn main() {}
