use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Page;

#[handler(Reading)]
fn watch(_: &Reading, queue: &mut Queue<()>) {
    queue.emit(Page);
}

fn main() {}
