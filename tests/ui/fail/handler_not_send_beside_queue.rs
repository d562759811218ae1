use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}
#[named_event]
struct Alarm(f64);

use std::rc::Rc;

#[handler(Reading)]
async fn watch(reading: &Reading, queue: &mut Queue<Alarm>) {
    let shared = Rc::new(reading.celsius);
    tokio::task::yield_now().await;
    queue.emit(Alarm(*shared));
}

fn main() {}
