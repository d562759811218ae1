use nexus::prelude::*;

#[handler(100..200)]
fn on_event(_: &Event) {}

fn main() {}
