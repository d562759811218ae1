use nexus::prelude::*;

#[named_event(name = "plant.Alarm", name = "Alarm")]
struct Alarm(f64);

fn main() {}
