use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(_: Emitter<Line>) -> Line {
    Line(String::new())
}

#[producer]
fn serial_port(_: Emitter<Line>) -> Result<Line> {
    Ok(Line(String::new()))
}

fn main() {}
