//! Step 1 of `docs/guide.md`: an event, a source, a handler.

use nexus::prelude::*;

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

#[timer(every = "100ms", count_up = 3)]
fn thermometer(count: i64) -> Reading {
    Reading(18 + count)
}

#[handler(Reading)]
fn show(reading: &Reading) {
    println!("{} °C", reading.0);
}

#[nexus::main]
async fn main() -> Result {
    let ledger = Nexus::builder().build()?.run().await?;
    println!("{ledger}");
    Ok(())
}
