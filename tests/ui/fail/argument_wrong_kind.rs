use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event(name = 3, priority = "high", exclusive = true, unhandled = "discard", crate = "nexus")]
struct Alarm(f64);

#[handler(Reading, domain = 3, order = 3_000_000_000, as = alarms::Watch)]
fn watch(_: &Reading) {}

fn main() {}
