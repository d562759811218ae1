use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
async fn next_line(_: Emitter<Line>) -> Option<Line> {
    None
}

fn main() {}
