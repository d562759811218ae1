use nexus::prelude::*;

#[handler(9223372036854775808)]
fn on_event(_: &Event) {}

fn main() {}
