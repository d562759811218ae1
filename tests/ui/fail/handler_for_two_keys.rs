use nexus::prelude::*;

#[handler(10, 20)]
fn on_event(_: &Event) {}

fn main() {}
