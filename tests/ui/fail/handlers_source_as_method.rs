use nexus::prelude::*;

#[named_event]
struct Tick(i64);

struct Billing;

#[handlers]
impl Billing {
    #[timer(every = "1s")]
    fn tick(&mut self) -> Tick {
        Tick(0)
    }
}

fn main() {}
