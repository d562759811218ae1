use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Limits;

#[handler(Reading)]
fn watch(_: &Limits, _: &Reading) {}

fn main() {}
