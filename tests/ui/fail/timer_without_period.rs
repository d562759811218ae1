use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer]
fn tick() -> Tick {
    Tick(0)
}

#[timer(once)]
fn begin() -> Tick {
    Tick(0)
}

#[timer(every)]
fn go_on() -> Tick {
    Tick(0)
}

fn main() {}
