use nexus::prelude::*;

#[handler(mask = 0)]
fn on_event(_: &Event) {}

fn main() {}
