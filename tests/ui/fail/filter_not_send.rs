use nexus::prelude::*;

use std::rc::Rc;

#[filter]
async fn keep(event: &Event) -> Verdict {
    let shared = Rc::new(event.id());
    tokio::task::yield_now().await;
    (*shared < 5).into()
}

fn main() {}
