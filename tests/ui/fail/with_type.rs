use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Billing;

fn build() {
    let _ = Nexus::empty().with::<Billing>();
}

fn main() {}
