use nexus::prelude::*;

#[named_event]
struct Tick(i64);

use std::rc::Rc;

#[timer(every = "1s")]
async fn tick(count: i64) -> Tick {
    let shared = Rc::new(count);
    tokio::task::yield_now().await;
    Tick(*shared)
}

fn main() {}
