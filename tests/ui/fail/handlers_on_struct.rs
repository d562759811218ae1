use nexus::prelude::*;

#[handlers]
struct Billing;

fn main() {}
