use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = "nexus.Audit")]
struct Audit;

fn main() {}
