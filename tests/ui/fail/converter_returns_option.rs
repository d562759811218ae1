use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
fn lines() -> Option<Line> {
    None
}

fn main() {}
