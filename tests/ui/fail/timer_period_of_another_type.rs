use nexus::prelude::*;

#[named_event]
struct Tick(i64);

const PERIOD: u64 = 5;

#[timer(every = PERIOD)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
