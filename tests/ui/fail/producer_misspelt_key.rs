use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer(domin = Main)]
async fn keyboard(_: Emitter<Line>) {}

fn main() {}
