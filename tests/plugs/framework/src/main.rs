//! A program that knows the crate `nexus` by another name, from its `Cargo.toml` on, and uses every annotation.

use framework::prelude::*;
use framework::{Handler, Result};

framework::link_crates!(crate = ::framework, nexus_test_plug);

/// A temperature.
#[named_event(name = "framework.Reading", crate = ::framework)]
struct Reading(f64);

/// Too hot.
#[named_event(name = "framework.Alarm", priority = -10, exclusive, crate = framework)]
struct Alarm;

/// Was heard.
#[named_event(name = "framework.Heard", unhandled = discard, crate = framework)]
struct Heard;

/// Where alarms are kept.
#[derive(Domain)]
#[domain(name = "framework.Audit", crate = ::framework)]
struct Audit;

/// Takes alarms there.
#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), replies(Heard), crate = ::framework)]
struct ToAudit;

#[timer(every = "1ms", once, crate = framework)]
fn sample() -> Reading {
    Reading(20.0)
}

#[converter(crate = framework)]
fn readings() -> impl Stream<Item = Reading> {
    futures_util::stream::iter([Reading(40.0)])
}

#[converter(ahead = 2, crate = framework)]
async fn next_reading() -> Option<Reading> {
    std::future::ready(None).await
}

#[producer(crate = framework)]
async fn inbox(out: Emitter<Reading>) -> Result {
    out.emit(Reading(20.0)).await?;
    Ok(())
}

#[producer(crate = framework)]
fn serial_port(out: Emitter<Reading>) -> Result {
    out.emit_blocking(Reading(20.0))?;
    Ok(())
}

#[filter(crate = framework)]
fn keep(_: &Event) -> Verdict {
    Verdict::Pass
}

#[handler(Reading, crate = framework)]
async fn watch(reading: &Reading, queue: &mut Queue<Alarm>, meta: Meta) {
    std::future::ready(()).await;
    if reading.0 > 30.0 && meta.priority() == 0 {
        queue.emit(Alarm);
    }
}

#[handler("line", crate = framework)]
fn line(_: &Event) {}

#[derive(Default)]
struct Store(usize);

impl Handler<Reading> for Store {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> Result {
        self.0 += 1;
        Ok(())
    }
}

#[derive(Default, Fanout)]
#[fanout(Reading, default, crate = ::framework)]
struct Stores(Store);

#[derive(Default)]
struct Ears(usize);

#[handlers(default, domain = Audit, crate = ::framework)]
impl Ears {
    #[filter]
    async fn listen(&mut self, _: &Event) -> Verdict {
        self.0 += 1;
        std::future::ready(Verdict::Pass).await
    }

    #[handler(Alarm)]
    fn hear(&mut self, _: &Alarm) -> Option<Heard> {
        (self.0 > 0).then_some(Heard)
    }
}

#[framework::main(flavor = "current_thread", crate = ::framework)]
async fn main() -> Result {
    let ledger = Nexus::builder().build()?.run().await?;
    println!("{ledger}");
    Ok(())
}

#[test]
fn a_program_of_another_name_for_the_library_runs() {
    framework::assert_complete!();
    main();
}
