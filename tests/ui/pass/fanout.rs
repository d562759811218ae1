//! Fan-outs: given or made by default, with named fields and without, in other domains, whatever their members are called.

#![deny(warnings)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use nexus::prelude::*;
use nexus::Handler;

#[named_event]
struct Reading(f64);

#[named_event(unhandled = discard)]
struct Stored;

#[named_event(unhandled = discard)]
struct Shown;

#[derive(Domain)]
struct Audit;

#[derive(Default)]
struct Store(Vec<f64>);

impl Handler<Reading> for Store {
    type Emits = Stored;

    async fn handle(&mut self, reading: &Reading, queue: &mut Queue<Stored>) -> nexus::Result {
        self.0.push(reading.0);
        queue.emit(Stored);
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Screen(Arc<AtomicU64>);

impl Handler<Reading> for Screen {
    type Emits = (Shown, Stored);

    async fn handle(&mut self, _: &Reading, queue: &mut Queue<Self::Emits>) -> nexus::Result {
        self.0.fetch_add(1, SeqCst);
        queue.emit(Shown);
        Ok(())
    }
}

/// Its errors do not keep the event from the others.
struct Broken<T>(T);

impl<T: Send + 'static> Handler<Reading> for Broken<T> {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> nexus::Result {
        if size_of_val(&self.0) == 0 { Err("broken".into()) } else { panic!("broken too") }
    }
}

#[derive(Fanout)]
#[fanout(Reading)]
struct Sinks {
    broken: Broken<()>,
    panics: Broken<u8>,
    r#type: Store,
    #[fanout(skip)]
    _seen: u64,
    #[cfg(any())]
    gone: Missing,
    screen: Screen,
}

#[derive(Default, nexus::Fanout)]
#[fanout(crate::Reading, domain = self::Audit, order = -1, default)]
struct Both(Screen, #[fanout(skip)] #[allow(dead_code)] u8, Store);

/// Fields that are called like variables of the generated code.
#[derive(Default, Fanout)]
#[fanout(Reading, default)]
struct Names {
    event: Store,
    context: Store,
    this: Store,
    fan_out: Store,
    call: Store,
}

#[timer(every = "1ms", count_up = 3)]
fn sample(count: i64) -> Reading {
    Reading(count as f64)
}

#[timer(every = "1ms", once, domain = Audit)]
fn sample_again() -> Reading {
    Reading(0.0)
}

#[nexus::main]
async fn main() -> nexus::Result {
    let screen = Screen::default();
    let (broken, panics) = (Broken(()), Broken(0));
    let sinks = Sinks { broken, panics, r#type: Store::default(), _seen: 0, screen: screen.clone() };
    assert!(Nexus::empty().with::<Both>().plan().table().contains("Both"));
    let ledger = Nexus::builder().component(sinks).on_error(|_, _| ()).build()?.run().await?;
    assert_eq!(screen.0.load(SeqCst), 3);
    assert_eq!(ledger.of::<Shown>().accepted, 4, "{ledger}");
    assert_eq!(ledger.of::<Stored>().accepted, 19, "{ledger}");
    assert_eq!((ledger.of::<Reading>().failed, ledger.of::<Reading>().handled), (3, 1), "{ledger}");
    Ok(())
}
