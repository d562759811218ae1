use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers(default)]
impl Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}

    #[handler(Reading)]
    fn on_reading_too(&mut self, _: &Reading) {}
}

fn main() {}
