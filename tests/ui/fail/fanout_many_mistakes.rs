use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Store;

#[derive(Fanout)]
#[fanout(Reading, oder = 3, default = true, domain = "Audit")]
struct Sinks<T> {
    #[fanout(skp)]
    store: Store,
    #[fanout(skip = true)]
    other: T,
}

fn main() {}
