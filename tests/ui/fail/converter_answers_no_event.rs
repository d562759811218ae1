use nexus::prelude::*;

struct Line;

#[converter]
async fn next_line() -> Option<Line> {
    None
}

fn main() {}
