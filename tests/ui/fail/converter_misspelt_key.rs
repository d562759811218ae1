use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter(ahaed = 2)]
async fn next_line() -> Option<Line> {
    None
}

fn main() {}
