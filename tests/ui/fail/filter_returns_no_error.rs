use nexus::prelude::*;

#[filter]
fn keep(_: &Event) -> Result<Verdict, u32> {
    Err(3)
}

fn main() {}
