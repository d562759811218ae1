use nexus::prelude::*;

struct Page;

#[producer]
async fn keyboard(_: Emitter<Page>) {}

fn main() {}
