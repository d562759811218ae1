use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}
#[named_event]
struct Alarm(f64);

#[handler((Reading, Alarm))]
fn watch(_: &Event) {}

fn main() {}
