use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
fn serial_port(_: Emitter<Line>) -> Result<Line> {
    Ok(Line(String::new()))
}

fn main() {}
