use nexus::prelude::*;

#[handler(b'c')]
fn on_event(_: &Event) {}

fn main() {}
