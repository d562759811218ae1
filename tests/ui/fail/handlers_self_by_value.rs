use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading)]
    fn on_reading(self, _: &Reading) {}
}

fn main() {}
