use nexus::prelude::*;

#[filter(domain = "Audit", order = 1.5, as = "Keep", crate(nexus))]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

fn main() {}
