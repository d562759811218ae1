use nexus::prelude::*;

#[derive(Domain)]
struct Audit<'a>(&'a str);

fn main() {}
