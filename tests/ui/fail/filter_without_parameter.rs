use nexus::prelude::*;

#[filter]
fn keep() -> Verdict {
    Verdict::Pass
}

fn main() {}
