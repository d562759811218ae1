use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Store;

#[derive(Fanout)]
#[fanout(Reading, domain = "Audit", order = "10", default = true, crate)]
struct Sinks {
    #[fanout(skip = true)]
    store: Store,
    #[fanout = "skip"]
    other: Store,
}

fn main() {}
