use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
fn lines() -> Vec<Line> {
    Vec::new()
}

fn main() {}
