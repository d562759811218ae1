use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

#[named_event]
struct Page;

#[handler(Reading)]
fn watch(_: &Reading, _: &mut Queue<Alarm>, _: &mut Queue<Page>) {}

fn main() {}
