use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = || std::time::Duration::from_secs(1))]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
