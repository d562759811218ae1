use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[derive(Domain)]
struct Audit;

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading, domain = Audit)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
