//! Step 4 of `docs/guide.md`: events from outside.

use std::io::BufRead as _;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use futures_util::{StreamExt as _, stream};
use nexus::prelude::*;

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

/// Somebody wants to be told from another temperature on.
#[named_event]
struct SetLimit(i64);

/// Is shared by a reader and a writer, so it is an atomic; a component could have both as methods.
struct Limit(AtomicI64);

/// Pull: the stream is asked for the next event when the last one, and all that arose from it, is handled.
#[converter]
fn thermometer() -> impl Stream<Item = Reading> {
    stream::iter([19, 22, 24, 20]).map(Reading)
}

/// Push: a plain `fn` has a thread of its own, and may block. While the nexus is full, so does `emit_blocking`.
#[producer]
fn console(out: Emitter<SetLimit>) -> Result {
    for line in std::io::stdin().lock().lines() {
        match line?.trim().parse() {
            Ok(limit) => out.emit_blocking(SetLimit(limit))?,
            Err(error) => eprintln!("a limit is a number: {error}"),
        }
    }
    Ok(())
}

#[handler(SetLimit)]
fn set_limit(wanted: &SetLimit, limit: &Limit) {
    limit.0.store(wanted.0, Relaxed);
}

#[handler(Reading)]
fn show(reading: &Reading, limit: &Limit) {
    let hot = if reading.0 > limit.0.load(Relaxed) { ", too hot" } else { "" };
    println!("{} °C{hot}", reading.0);
}

#[nexus::main]
async fn main() -> Result {
    let ledger = Nexus::builder().state(Limit(AtomicI64::new(21))).build()?.run().await?;
    println!("{ledger}");
    Ok(())
}
