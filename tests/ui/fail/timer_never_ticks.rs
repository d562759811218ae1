use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s", count_up = 0)]
fn up() -> Tick {
    Tick(0)
}

#[timer(every = "1s", count_down = -3)]
fn down() -> Tick {
    Tick(0)
}

fn main() {}
