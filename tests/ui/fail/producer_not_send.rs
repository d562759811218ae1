use nexus::prelude::*;

#[named_event]
struct Line(String);

use std::rc::Rc;

#[producer]
async fn keyboard(out: Emitter<Line>) -> Result {
    let shared = Rc::new(String::new());
    out.emit(Line(shared.to_string())).await?;
    println!("{shared}");
    Ok(())
}

fn main() {}
