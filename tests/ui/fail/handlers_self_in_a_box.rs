use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers]
impl Billing {
    #[filter]
    fn keep(self: Box<Self>, _: &Event) -> Verdict {
        Verdict::Pass
    }
}

fn main() {}
