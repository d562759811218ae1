use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

trait Bill {
    fn on_reading(&mut self, reading: &Reading);
}

#[handlers]
impl Bill for Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
