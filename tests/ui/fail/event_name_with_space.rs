use nexus::prelude::*;

#[named_event(name = "plant alarm")]
struct Alarm;

fn main() {}
