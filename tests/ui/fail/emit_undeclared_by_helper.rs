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
fn watch(reading: &Reading, queue: &mut Queue<Alarm>) {
    raise(reading.celsius, queue);
}

fn raise(celsius: f64, queue: &mut Queue<Alarm>) {
    queue.emit(Alarm(celsius));
    queue.emit(Page);
}

fn main() {}
