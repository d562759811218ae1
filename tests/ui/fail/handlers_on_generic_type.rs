use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing<T>(T);

#[handlers]
impl<T: Send> Billing<T> {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
