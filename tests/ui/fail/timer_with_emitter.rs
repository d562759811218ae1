use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s")]
fn tick(_: i64, _: Emitter<Tick>) -> Tick {
    Tick(0)
}

fn main() {}
