use nexus::prelude::*;

#[named_event]
struct Tick(i64);

struct Limits;

#[timer(every = "1s")]
fn tick(_: &Limits, count: i64) -> Tick {
    Tick(count)
}

fn main() {}
