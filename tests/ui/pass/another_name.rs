//! The way out when a function's name is already taken by a type or module: `as = …`.

#![deny(warnings)]

use nexus::prelude::*;
use tokio::sync::watch;

#[named_event(unhandled = discard)]
struct Reading(f64);

#[handler(Reading, as = WatchHandler)]
fn watch(reading: &Reading, latest: &watch::Sender<f64>) {
    latest.send_replace(reading.0);
}

mod readings {
    pub const FIRST: f64 = 20.0;
}

#[converter(as = ReadingsConverter)]
fn readings() -> impl Stream<Item = Reading> {
    futures_util::stream::iter([Reading(readings::FIRST)])
}

#[allow(non_camel_case_types)]
struct tick {}

#[timer(every = "1s", once, as = TickTimer)]
fn tick() -> Option<Reading> {
    None
}

#[filter(as = KeepFilter)]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

#[allow(non_camel_case_types)]
type keep = u8;

#[producer(as = OutProducer)]
async fn out(_: Emitter<Reading>) {}

#[nexus::main]
async fn main() -> nexus::Result {
    let (latest, seen) = watch::channel(0.0_f64);
    let _: (keep, tick) = (3, tick {});
    let nexus = Nexus::empty().with::<WatchHandler>().with::<ReadingsConverter>().with::<OutProducer>();
    nexus.with::<KeepFilter>().state(latest).build()?.run().await?;
    assert!((*seen.borrow() - 20.0).abs() < 0.1);
    assert!(Nexus::empty().with::<TickTimer>().plan().table().contains("timer tick"));
    Ok(())
}
