use nexus::prelude::*;

#[derive(Domain)]
#[domain = "plant.Audit"]
struct Audit;

fn main() {}
