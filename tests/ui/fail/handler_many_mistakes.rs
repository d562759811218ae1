use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

#[named_event]
struct Page;

#[handler(Reading, oder = 10, domain = "Audit")]
unsafe fn watch<T>(alarm: &mut Alarm, queue: Queue<Page>, count: u32) -> impl Send {
    drop((alarm, queue, count));
}

fn main() {}
