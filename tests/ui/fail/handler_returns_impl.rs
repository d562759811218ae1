use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(_: &Reading) -> Option<impl Send + use<>> {
    Some(3)
}

fn main() {}
