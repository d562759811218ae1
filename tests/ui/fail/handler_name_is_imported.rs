use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

use tokio::sync::watch;

#[handler(Reading)]
fn watch(_: &Reading) {
    let _ = watch::channel(0);
}

fn main() {}
