use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "-1s")]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
