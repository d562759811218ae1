use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
fn lines() -> Result<Line> {
    Ok(Line(String::new()))
}

fn main() {}
