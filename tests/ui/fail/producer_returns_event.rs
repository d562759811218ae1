use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(_: Emitter<Line>) -> Line {
    Line(String::new())
}

fn main() {}
