use nexus::prelude::*;

const LINE: i64 = 10;

#[handler(LINE)]
fn on_event(_: &Event) {}

fn main() {}
