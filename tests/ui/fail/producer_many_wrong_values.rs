use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer(domain(Audit), as, crate = "nexus")]
async fn keyboard(_: Emitter<Line>) {}

fn main() {}
