use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(_: Emitter<Line>) -> Result<(), u32> {
    Err(3)
}

fn main() {}
