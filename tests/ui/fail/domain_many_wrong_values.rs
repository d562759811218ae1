use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = Audit, crate = "nexus")]
struct Audit;

fn main() {}
