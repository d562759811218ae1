use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading, as = OnReading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
