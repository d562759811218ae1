use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(Reading { celsius: 20.0 }: &Reading) {}

fn main() {}
