use nexus::prelude::*;

#[named_event]
struct Tick(i64);

struct Limits;

#[timer(every = "1s")]
fn unsigned(count: u64) -> Tick {
    Tick(count as i64)
}

#[timer(every = "1s")]
fn last(_: &Limits, count: i64) -> Tick {
    Tick(count)
}

fn main() {}
