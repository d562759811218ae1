use nexus::prelude::*;

#[named_event]
struct Samples<const N: usize>([f64; N]);

fn main() {}
