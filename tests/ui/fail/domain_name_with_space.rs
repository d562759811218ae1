use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = "plant audit")]
struct Audit;

fn main() {}
