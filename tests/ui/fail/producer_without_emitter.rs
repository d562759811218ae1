use nexus::prelude::*;

#[producer]
async fn keyboard() {}

fn main() {}
