use nexus::prelude::*;

#[named_event(colour = "red")]
struct Alarm(f64);

fn main() {}
