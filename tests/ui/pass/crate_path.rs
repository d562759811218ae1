//! The crate has another name here: every annotation takes the path to it.

#![deny(warnings)]

pub extern crate nexus as framework;

mod libraries {
    pub use framework as events;
}

use crate::libraries::events::{Boundary, Domain, Emitter, Event, Fanout, Handler, Nexus, Queue, Stream, Verdict};

#[framework::named_event(crate = framework)]
struct Reading(f64);

#[framework::named_event(crate = crate::libraries::events, unhandled = discard)]
struct Alarm;

#[derive(Domain)]
#[domain(crate = ::framework)]
struct Audit;

#[framework::timer(every = "1s", once, crate = framework)]
fn sample() -> Reading {
    Reading(20.0)
}

#[framework::converter(crate = framework)]
fn readings() -> impl Stream<Item = Reading> {
    futures_util::stream::empty()
}

#[framework::producer(crate = framework)]
async fn inbox(_: Emitter<Reading>) {}

#[framework::filter(crate = framework)]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

#[framework::handler(Reading, crate = self::libraries::events)]
fn watch(reading: &Reading, queue: &mut Queue<Alarm>) {
    if reading.0 > 30.0 {
        queue.emit(Alarm);
    }
}

#[framework::handler("line", crate = framework)]
fn line(_: &Event) {}

#[derive(Boundary)]
#[boundary(from = framework::Main, to = Audit, events(Alarm), crate = framework)]
struct ToAudit;

#[derive(Default)]
struct Store;

impl Handler<Reading> for Store {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> framework::Result {
        Ok(())
    }
}

#[derive(Default, Fanout)]
#[fanout(Reading, default, crate = crate::libraries::events)]
struct Sinks(Store);

#[derive(Default)]
struct Billing;

#[framework::handlers(default, domain = Audit, crate = framework)]
impl Billing {
    #[handler(Alarm)]
    fn on_alarm(&mut self, _: &Alarm) {}
}

#[framework::main(crate = framework, flavor = "current_thread")]
async fn main() -> framework::Result {
    println!("{}", Nexus::builder().build()?.run().await?);
    Ok(())
}
