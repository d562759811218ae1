use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
#[nexus::filter]
fn watch(_: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
