use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Plain;

#[handler(Reading)]
fn watch(_: &Reading) -> Option<Plain> {
    None
}

fn main() {}
