use nexus::prelude::*;

#[named_event]
struct Tick(i64);

fn period() -> std::time::Duration {
    std::time::Duration::from_secs(1)
}

#[timer(every = period)]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
