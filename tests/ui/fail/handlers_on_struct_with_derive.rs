use nexus::prelude::*;

#[handlers]
#[derive(Default)]
struct Watch;

fn main() {}
