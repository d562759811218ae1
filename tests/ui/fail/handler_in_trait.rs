use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

trait Watch {
    #[handler(Reading)]
    fn watch(&self, reading: &Reading);
}

fn main() {}
