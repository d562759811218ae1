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
    #[handler(Alarm)]
    fn on_any(&mut self, _: &Event) {}
}

fn main() {}
