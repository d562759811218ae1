use nexus::prelude::*;

#[converter]
fn lines() {}

#[converter]
async fn next_line() -> () {}

fn main() {}
