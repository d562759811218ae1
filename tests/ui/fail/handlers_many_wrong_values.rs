use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers(domain = "Audit", default = true, crate)]
impl Billing {
    #[handler(Reading, order = "first")]
    fn on_reading(&mut self, _: &Reading) {}

    #[handler(mask = -1)]
    fn on_bits(&mut self, _: &Event) {}

    #[filter(order)]
    fn keep(&mut self, _: &Event) -> Verdict {
        Verdict::Pass
    }
}

fn main() {}
