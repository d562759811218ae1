use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(_: Emitter<Line>, _: Meta) {}

fn main() {}
