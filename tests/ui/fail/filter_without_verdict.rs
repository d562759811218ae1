use nexus::prelude::*;

#[filter]
fn keep(_: &Event) {}

fn main() {}
