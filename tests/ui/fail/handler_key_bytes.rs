use nexus::prelude::*;

#[handler(b"line")]
fn on_event(_: &Event) {}

fn main() {}
