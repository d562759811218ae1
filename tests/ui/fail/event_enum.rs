use nexus::prelude::*;

#[named_event]
enum Change {
    Up,
    Down,
}

#[handler(Change)]
fn follow(_: &Change) {}

fn main() {}
