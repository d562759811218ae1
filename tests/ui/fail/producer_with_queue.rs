use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(_: Emitter<Line>, _: &mut Queue<Line>) {}

fn main() {}
