use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

use std::rc::Rc;

#[handler(Reading)]
async fn watch(reading: &Reading) {
    let shared = Rc::new(reading.celsius);
    tokio::task::yield_now().await;
    println!("{shared}");
}

fn main() {}
