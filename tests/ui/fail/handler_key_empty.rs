use nexus::prelude::*;

#[handler("")]
fn on_event(_: &Event) {}

fn main() {}
