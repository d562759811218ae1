use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

#[handlers]
impl Billing {
    #[handler(Alarm)]
    fn on_alarm(&mut self, _: &Alarm) {}
}

fn main() {}
