use nexus::prelude::*;

#[converter]
fn lines() {}

fn main() {}
