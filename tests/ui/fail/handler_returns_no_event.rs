use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Plain;

#[handler(Reading)]
async fn watch(_: &Reading) -> Plain {
    Plain
}

fn main() {}
