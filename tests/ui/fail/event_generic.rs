use nexus::prelude::*;

#[named_event]
struct Changed<T>(T);

#[handler(Changed<u32>)]
fn follow(_: &Changed<u32>) {}

fn main() {}
