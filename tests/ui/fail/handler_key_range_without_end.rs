use nexus::prelude::*;

#[handler(100..)]
fn on_event(_: &Event) {}

fn main() {}
