use nexus::prelude::*;

#[named_event]
fn alarm() {}

fn main() {}
