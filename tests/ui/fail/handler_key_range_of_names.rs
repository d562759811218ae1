use nexus::prelude::*;

const FIRST: i64 = 100;

#[handler(FIRST..=199)]
fn on_event(_: &Event) {}

fn main() {}
