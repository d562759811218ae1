use nexus::prelude::*;

#[named_event(prioritty = -10)]
struct Alarm(f64);

fn main() {}
