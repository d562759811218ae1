use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[filter(Reading)]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
