use nexus::prelude::*;

#[handler(..=199)]
fn on_event(_: &Event) {}

fn main() {}
