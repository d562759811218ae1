use nexus::prelude::*;

#[named_event(unhandled = discard)]
struct Tick;

#[timer(every = "10m")]
fn tick() -> Tick {
    Tick
}

fn main() {}
