use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
struct Watch;

fn main() {}
