use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Page;

#[handler(Reading)]
fn watch(_: &Reading, _: &mut Queue<Page>) {}

fn main() {}
