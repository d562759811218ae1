use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s", count_up = 7, count_down = 5)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
