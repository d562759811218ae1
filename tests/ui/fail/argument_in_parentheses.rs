use nexus::prelude::*;

#[named_event(priority(10))]
struct Alarm(f64);

fn main() {}
