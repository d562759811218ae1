use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

#[handler(Reading)]
fn watch(_: &mut Queue<Alarm>, _: Reading) {}

fn main() {}
