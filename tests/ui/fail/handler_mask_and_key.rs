use nexus::prelude::*;

#[handler(10, mask = 0b0110)]
fn on_event(_: &Event) {}

fn main() {}
