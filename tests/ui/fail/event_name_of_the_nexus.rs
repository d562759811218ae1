use nexus::prelude::*;

#[named_event(name = "nexus.Alarm")]
struct Alarm;

fn main() {}
