use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every(1s), once = true, domain = -1, as = plant::Tick, crate = true)]
fn tick() -> Tick {
    Tick(0)
}

#[timer(every = '1', count_up = "7")]
fn up() -> Tick {
    Tick(0)
}

#[timer(every = true, count_down = 5.0)]
fn down() -> Tick {
    Tick(0)
}

fn main() {}
