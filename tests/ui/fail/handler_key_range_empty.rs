use nexus::prelude::*;

#[handler(200..=100)]
fn on_event(_: &Event) {}

fn main() {}
