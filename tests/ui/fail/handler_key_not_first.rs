use nexus::prelude::*;

#[handler(order = 1, 10)]
fn on_event(_: &Event) {}

fn main() {}
