use nexus::prelude::*;

struct Tick;

#[timer(every = "1s")]
fn tick() -> Option<Tick> {
    None
}

fn main() {}
