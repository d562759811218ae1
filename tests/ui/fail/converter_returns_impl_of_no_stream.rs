use nexus::prelude::*;

#[converter]
fn lines() -> impl Sized {}

fn main() {}
