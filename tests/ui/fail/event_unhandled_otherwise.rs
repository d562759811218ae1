use nexus::prelude::*;

#[named_event(unhandled = ignore)]
struct Alarm;

fn main() {}
