use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}
#[named_event]
struct Alarm(f64);

#[named_event]
struct Page;

#[handler(Reading)]
fn watch(_: &Reading, queue: &mut Queue<Alarm>) {
    page(queue);
}

fn page(queue: &mut Queue<Page>) {
    queue.emit(Page);
}

fn main() {}
