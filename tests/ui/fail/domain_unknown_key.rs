use nexus::prelude::*;

#[derive(Domain)]
#[domain(colour = "red")]
struct Audit;

fn main() {}
