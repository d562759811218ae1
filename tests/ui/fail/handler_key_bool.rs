use nexus::prelude::*;

#[handler(true)]
fn on_event(_: &Event) {}

fn main() {}
