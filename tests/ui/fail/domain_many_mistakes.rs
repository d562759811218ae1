use nexus::prelude::*;

#[derive(Domain)]
#[domain(name = "", nmae = "Audit", crate = "nexus")]
struct Audit<'a>(&'a str);

fn main() {}
