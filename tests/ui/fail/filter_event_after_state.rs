use nexus::prelude::*;

struct Silence;

#[filter]
fn mute(_: &Silence, _: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
