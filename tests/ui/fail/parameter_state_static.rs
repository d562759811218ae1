use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Limits;

#[handler(Reading)]
fn watch(_: &Reading, _: &'static Limits) {}

fn main() {}
