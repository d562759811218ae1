use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s")]
fn tick(count: u64) -> Tick {
    Tick(count as i64)
}

fn main() {}
