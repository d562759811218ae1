use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s", count_up = 0)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
