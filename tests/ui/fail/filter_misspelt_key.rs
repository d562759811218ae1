use nexus::prelude::*;

#[filter(ordr = 1)]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
