use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[filter]
fn keep(_: &Reading) -> Verdict {
    Verdict::Pass
}

#[filter]
fn take(_: Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
