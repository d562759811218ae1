use nexus::prelude::*;

#[filter("line")]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
