use nexus::prelude::*;

#[named_event(exclusive = true)]
struct Alarm(f64);

fn main() {}
