use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

struct Page;

#[handler(Reading)]
fn watch(_: &Reading, _: &mut Queue<(Alarm, Page)>) {}

fn main() {}
