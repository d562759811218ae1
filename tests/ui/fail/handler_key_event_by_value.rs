use nexus::prelude::*;

#[handler(100..=199)]
fn on_event(_: Event) {}

fn main() {}
