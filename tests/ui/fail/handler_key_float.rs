use nexus::prelude::*;

#[handler(1.5)]
fn on_event(_: &Event) {}

fn main() {}
