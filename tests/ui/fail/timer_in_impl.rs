use nexus::prelude::*;

#[named_event]
struct Tick(i64);

struct Clock;

impl Clock {
    #[timer(every = "1s")]
    fn tick(&self) -> Tick {
        Tick(0)
    }
}

fn main() {}
