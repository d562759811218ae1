//! Generated code names everything by a path that begins at a crate.

#![deny(warnings)]
#![no_implicit_prelude]

use ::nexus::{Boundary, Domain, Emitter, Event, Fanout, Meta, Queue, Stream, Verdict};
use ::std::convert::From;
use ::std::option::Option::{self, None, Some};
use ::std::result::Result::{self, Ok};
use ::std::string::String;
use ::std::sync::Arc;

#[::nexus::named_event]
struct Reading(f64);

#[::nexus::named_event(name = "plant.Alarm", priority = -10, exclusive, unhandled = discard)]
struct Alarm(String);

#[derive(Domain)]
struct Audit;

struct Limits(f64);

#[::nexus::timer(every = "1s", count_down = 3)]
fn sample(count: i64, limits: &Limits) -> Option<Reading> {
    Some(Reading(limits.0 + count as f64))
}

#[::nexus::converter]
fn readings(limits: &Limits) -> impl Stream<Item = Result<Reading, ::nexus::BoxError>> {
    ::futures_util::stream::iter([Ok(Reading(limits.0))])
}

#[::nexus::converter]
async fn next_reading(limits: Arc<Limits>) -> Result<Option<Reading>, ::nexus::BoxError> {
    let _ = limits;
    Ok(None)
}

#[::nexus::producer]
async fn inbox(_: Emitter<Reading>) -> Result<(), ::nexus::BoxError> {
    Ok(())
}

#[::nexus::producer]
fn serial_port(_: Emitter<Reading>, _: &Limits) {}

#[::nexus::filter]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

#[::nexus::handler(Reading)]
async fn watch(reading: &Reading, meta: Meta, queue: &mut Queue<Alarm>, limits: &Limits) {
    if reading.0 > limits.0 && meta.priority() == 0 {
        queue.emit(Alarm(String::from("hot")));
    }
}

#[::nexus::handler("line")]
fn line(_: &Event) {}

#[::nexus::handler(1..=9)]
fn digits(_: &Event) {}

#[::nexus::handler(_)]
fn other(_: &Event) {}

#[derive(Boundary)]
#[boundary(from = ::nexus::Main, to = Audit, events(Alarm))]
struct ToAudit;

struct Store;

impl ::nexus::Handler<Reading> for Store {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> ::nexus::Result {
        Ok(())
    }
}

#[derive(Fanout)]
#[fanout(Reading)]
struct Sinks {
    store: Store,
}

struct Billing;

#[::nexus::handlers(domain = Audit)]
impl Billing {
    #[handler(Alarm)]
    fn on_alarm(&self, _: &Alarm) {}

    #[filter]
    async fn keep(&mut self, _: &Event) -> Verdict {
        Verdict::Pass
    }
}

#[::nexus::main]
async fn main() -> ::nexus::Result {
    ::std::mem::drop(::nexus::Nexus::builder().state(Limits(20.0)).component(Billing).component(Sinks { store: Store }).build()?);
    Ok(())
}
