use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "2 hours")]
fn tick() -> Tick {
    Tick(0)
}

fn main() {}
