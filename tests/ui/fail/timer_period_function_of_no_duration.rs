use nexus::prelude::*;

#[named_event]
struct Tick(i64);

struct Limits {
    seconds: u64,
}

#[timer(every = |limits: &Limits| limits.seconds)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
