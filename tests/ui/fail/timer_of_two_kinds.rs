use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s", once, count_up = 7)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
