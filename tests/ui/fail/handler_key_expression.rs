use nexus::prelude::*;

#[handler(10 + 1)]
fn on_event(_: &Event) {}

fn main() {}
