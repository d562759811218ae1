use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

#[named_event]
struct Report;

#[named_event]
struct Page;

#[handler(Reading)]
fn watch(reading: &Reading, queue: &mut Queue<(Alarm, Report)>) {
    queue.emit(Alarm(reading.celsius));
    queue.emit(Page);
}

fn main() {}
