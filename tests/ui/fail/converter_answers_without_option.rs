use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
async fn next_line() -> Line {
    Line(String::new())
}

fn main() {}
