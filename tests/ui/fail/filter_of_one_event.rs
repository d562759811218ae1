use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[filter]
fn keep(_: &Reading) -> Verdict {
    Verdict::Pass
}

fn main() {}
