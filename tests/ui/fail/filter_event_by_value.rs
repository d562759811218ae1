use nexus::prelude::*;

#[filter]
fn keep(_: Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
