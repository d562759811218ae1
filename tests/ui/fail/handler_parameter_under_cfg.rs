use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Limits;

#[handler(Reading)]
fn watch(_: &Reading, #[cfg(unix)] _: &Limits) {}

fn main() {}
