use nexus::prelude::*;

#[named_event(name = "plant alarm", prioritty = 3, exclusive = true, unhandled = ignore)]
enum Alarm<T> {
    Hot(T),
    Cold,
}

fn main() {}
