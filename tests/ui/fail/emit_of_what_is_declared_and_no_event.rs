use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Page;

async fn page(queue: &mut Queue<(Reading, Page)>) {
    queue.emit(Page);
}

fn main() {}
