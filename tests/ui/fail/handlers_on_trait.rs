use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handlers]
trait Bill {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn main() {}
