use nexus::prelude::*;

#[named_event]
union Bits {
    int: u32,
    float: f32,
}

fn main() {}
