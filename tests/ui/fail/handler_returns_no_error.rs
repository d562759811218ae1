use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(_: &Reading) -> Result<(), u32> {
    Err(3)
}

fn main() {}
