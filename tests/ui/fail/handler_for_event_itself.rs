use nexus::prelude::*;

#[handler(Event)]
fn watch(_: &Event) {}

fn main() {}
