use nexus::prelude::*;

#[derive(Domain)]
#[domain(nam = "plant.Audit")]
struct Audit;

fn main() {}
