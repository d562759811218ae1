use nexus::prelude::*;

#[named_event]
struct Counted(std::cell::Cell<u32>);

fn main() {}
