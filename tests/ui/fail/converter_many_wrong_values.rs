use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter(ahead = "256", domain = 3, as = 'l', crate = 0)]
async fn next_line() -> Option<Line> {
    None
}

fn main() {}
