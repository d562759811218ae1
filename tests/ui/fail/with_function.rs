use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

fn watch(_: &Reading) {}

fn build() {
    let _ = Nexus::empty().with::<watch>();
}

fn main() {}
