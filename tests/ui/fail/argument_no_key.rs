use nexus::prelude::*;

#[named_event("Alarm", plant::Alarm)]
struct Alarm(f64);

fn main() {}
