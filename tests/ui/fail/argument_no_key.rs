use nexus::prelude::*;

#[named_event("Alarm")]
struct Alarm(f64);

fn main() {}
