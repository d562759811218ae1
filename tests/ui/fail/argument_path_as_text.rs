use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[derive(Domain)]
struct Audit;

#[handler(Reading, domain = "Audit")]
fn watch(_: &Reading) {}

fn main() {}
