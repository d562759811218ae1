use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch(_: &Reading) -> impl Future<Output = ()> + Send + use<> {
    std::future::ready(())
}

fn main() {}
