//! Step 2 of `docs/guide.md`: one event leads to another.

use nexus::prelude::*;

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

/// It is too hot. Lower numbers go first: an alarm overtakes the readings that wait.
#[named_event(priority = -10)]
struct Alarm(i64);

#[timer(every = "100ms", count_up = 5)]
fn thermometer(count: i64) -> Reading {
    Reading(18 + count)
}

#[handler(Reading)]
fn watch(reading: &Reading, queue: &mut Queue<Alarm>) {
    if reading.0 > 21 {
        queue.emit(Alarm(reading.0));
    }
}

#[handler(Alarm)]
fn ring(alarm: &Alarm) {
    println!("too hot: {} °C", alarm.0);
}

#[nexus::main]
async fn main() -> Result {
    let nexus = Nexus::builder().build()?;
    println!("{}", nexus.plan().mermaid());
    println!("{}", nexus.run().await?);
    Ok(())
}
