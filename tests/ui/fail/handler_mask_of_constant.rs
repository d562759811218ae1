use nexus::prelude::*;

const MASK: i64 = 6;

#[handler(mask = MASK)]
fn on_event(_: &Event) {}

fn main() {}
