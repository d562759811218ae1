use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
fn lines() -> Result<Option<Line>> {
    Ok(None)
}

fn main() {}
