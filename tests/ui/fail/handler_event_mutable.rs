use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(reading: &mut Reading) {
    reading.celsius = 0.0;
}

fn main() {}
