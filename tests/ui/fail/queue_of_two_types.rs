use nexus::prelude::*;

#[named_event]
struct Reading(f64);
#[named_event]
struct Alarm(f64);

#[handler(Reading)]
fn watch(_: &Reading, queue: &mut Queue<Alarm, Reading>) {
    queue.emit(Alarm(1.0));
}

fn main() {}
