use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1.2.3s")]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
