use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[allow(non_camel_case_types)]
struct watch {
    celsius: f64,
}

#[handler(Reading)]
fn watch(_: &Reading) {}

fn main() {}
