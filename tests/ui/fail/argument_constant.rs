use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

const FIRST: i32 = -10;

#[handler(Reading, order = FIRST)]
fn watch(_: &Reading) {}

fn main() {}
