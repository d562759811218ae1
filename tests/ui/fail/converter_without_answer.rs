use nexus::prelude::*;

#[converter]
async fn next_line() -> () {}

fn main() {}
