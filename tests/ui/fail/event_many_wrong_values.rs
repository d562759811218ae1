use nexus::prelude::*;

#[named_event(name = 3, priority = "high", exclusive = true, unhandled = "discard", crate = "nexus")]
struct Alarm(f64);

fn main() {}
