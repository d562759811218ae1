//! Step 3 of `docs/guide.md`: what handlers need, and what they keep.

use nexus::prelude::*;

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

/// It is too hot.
#[named_event(priority = -10)]
struct Alarm(i64);

#[timer(every = "100ms", count_up = 7)]
fn thermometer(count: i64) -> Reading {
    Reading(18 + count)
}

/// Given to the builder: whoever takes `&Limits` borrows it.
struct Limits {
    max: i64,
}

/// A component: what its methods change is theirs alone, so it needs no lock.
#[derive(Default)]
struct Watch {
    hot: bool,
}

#[handlers(default)]
impl Watch {
    /// One alarm each time that it gets hot. What a handler returns is emitted.
    #[handler(Reading)]
    fn watch(&mut self, reading: &Reading, limits: &Limits) -> Option<Alarm> {
        let was_hot = self.hot;
        self.hot = reading.0 > limits.max;
        (self.hot && !was_hot).then_some(Alarm(reading.0))
    }
}

#[handler(Alarm)]
fn ring(alarm: &Alarm) {
    println!("too hot: {} °C", alarm.0);
}

#[nexus::main]
async fn main() -> Result {
    let ledger = Nexus::builder().state(Limits { max: 21 }).build()?.run().await?;
    println!("{ledger}");
    Ok(())
}
