use nexus::prelude::*;

#[timer(every = "1s")]
fn tick(_: i64) {}

fn main() {}
