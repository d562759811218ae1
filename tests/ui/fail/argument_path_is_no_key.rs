use nexus::prelude::*;

#[named_event(plant::Alarm)]
struct Alarm(f64);

fn main() {}
