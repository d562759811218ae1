use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Plain;

#[handler(Reading)]
fn watch(_: &Reading) -> Result<Option<Plain>, u32> {
    Ok(None)
}

fn main() {}
