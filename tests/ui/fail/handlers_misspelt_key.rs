use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

#[handlers(defualt)]
impl Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
