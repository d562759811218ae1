use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = " ")]
struct Audit;

fn main() {}
