use nexus::prelude::*;

#[handler('c')]
fn on_event(_: &Event) {}

fn main() {}
