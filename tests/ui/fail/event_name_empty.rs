use nexus::prelude::*;

#[named_event(name = "")]
struct Alarm;

fn main() {}
