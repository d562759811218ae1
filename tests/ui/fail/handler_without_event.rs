use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler]
fn watch(_: &Reading) {}

#[handler(order = 10)]
fn show(_: &Reading) {}

fn main() {}
