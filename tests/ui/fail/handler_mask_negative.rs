use nexus::prelude::*;

#[handler(mask = -2)]
fn on_event(_: &Event) {}

fn main() {}
