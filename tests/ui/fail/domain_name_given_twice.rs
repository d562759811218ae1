use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = "plant.Audit", name = "Audit")]
struct Audit;

fn main() {}
