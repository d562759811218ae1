use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(out: Emitter) -> Result {
    out.emit(Line(String::new())).await?;
    Ok(())
}

fn main() {}
