use nexus::prelude::*;

#[named_event]
struct Line(String);

use std::rc::Rc;

#[converter]
async fn next_line() -> Option<Line> {
    let shared = Rc::new(String::new());
    tokio::task::yield_now().await;
    Some(Line(shared.to_string()))
}

fn main() {}
