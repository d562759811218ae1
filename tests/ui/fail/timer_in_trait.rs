use nexus::prelude::*;

#[named_event]
struct Tick(i64);

trait Clock {
    #[timer(every = "1s")]
    fn tick(&self) -> Tick;
}

fn main() {}
