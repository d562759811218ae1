use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
async fn next_line() -> Result<Option<Line>, u32> {
    Err(3)
}

fn main() {}
