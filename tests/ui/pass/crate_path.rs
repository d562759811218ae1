//! The crate has another name here: every annotation takes the path to it.

#![deny(warnings)]

pub extern crate nexus as framework;

mod libraries {
    pub use framework as events;
}

use crate::libraries::events::{Domain, Emitter, Event, Nexus, Queue, Stream, Verdict};

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

#[derive(Default)]
struct Billing;

#[framework::handlers(default, domain = Audit, crate = framework)]
impl Billing {
    #[handler(Alarm)]
    fn on_alarm(&mut self, _: &Alarm) {}
}

#[framework::main(crate = framework, flavor = "current_thread")]
async fn main() -> framework::Result {
    println!("{}", Nexus::builder().only::<framework::Main>().build()?.run().await?);
    Ok(())
}
