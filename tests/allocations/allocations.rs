//! In steady state, an event that is dispatched costs no allocation: after 20,000 events to warm up, 100,000 further ones cost fewer
//! than 100 in all.
//!
//! The allocator counts for each thread, and each test measures on a runtime of one thread.

#![allow(
    clippy::unused_async,
    reason = "handlers that are `async` and do not wait are what some tests are about"
)]

mod counting;

use std::future::Future;
use std::sync::{Arc, Mutex};

use futures_util::stream;
use nexus::prelude::*;
use nexus::{Builder, Handle};
use tokio::sync::Semaphore;

const WARM_UP: u64 = 20_000;
const EVENTS: u64 = 100_000;
const BOUND: u64 = 100;

/// Payloads of 24 bytes, which own nothing.
#[named_event]
#[derive(Clone)]
struct Reading {
    number: u64,
    values: [f32; 4],
}

#[named_event]
struct Report(u64);

#[named_event(priority = -10)]
struct Alarm(u64);

#[named_event(priority = 5)]
struct Chore(u64);

#[named_event(priority = 9)]
struct Rest(u64);

fn reading(number: u64) -> Reading {
    Reading { number, values: [0.5; 4] }
}

/// What handlers add up, so that nothing is optimised away.
#[derive(Default)]
struct Sum(std::sync::atomic::AtomicU64);

impl Sum {
    fn add(&self, number: u64) {
        self.0.fetch_add(number, std::sync::atomic::Ordering::Relaxed);
    }
}

#[handler(Reading)]
fn plain(reading: &Reading, sum: &Sum) {
    sum.add(reading.number + u64::from(reading.values[0] > 0.0));
}

#[handler(Reading)]
async fn at_once(reading: &Reading, sum: &Sum) {
    sum.add(reading.number);
}

#[handler(Reading)]
async fn pends(reading: &Reading, sum: &Sum) {
    tokio::task::yield_now().await;
    sum.add(reading.number);
}

#[handler(Reading)]
async fn by_value(reading: Reading, sum: &Sum) -> Result {
    sum.add(reading.number);
    Ok(())
}

#[handler(Reading)]
fn four(reading: &Reading, queue: &mut Queue<Report>) {
    (0..4).for_each(|n| queue.emit(Report(reading.number + n)));
}

#[handler(Reading)]
async fn levels(reading: &Reading, queue: &mut Queue<(Report, Alarm, Chore, Rest)>) {
    queue.emit(Rest(reading.number));
    queue.emit(Chore(reading.number));
    queue.emit(Report(reading.number));
    queue.emit(Alarm(reading.number));
}

#[handler(Report)]
fn report(report: &Report, sum: &Sum) {
    sum.add(report.0);
}

#[handler(Alarm)]
fn alarm(alarm: &Alarm, sum: &Sum) {
    sum.add(alarm.0);
}

#[handler(Chore)]
fn chore(chore: &Chore, sum: &Sum) {
    sum.add(chore.0);
}

#[handler(Rest)]
fn rest(rest: &Rest, sum: &Sum) {
    sum.add(rest.0);
}

fn with<D: nexus::Declared>() -> Builder {
    Nexus::empty().state(Sum::default()).with::<D>()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Lets the nexus handle everything that waits.
async fn settled(handle: &Handle) {
    while handle.ledger().total().pending > 0 {
        tokio::task::yield_now().await;
    }
}

#[track_caller]
fn are_few(allocations: u64) {
    assert!(allocations < BOUND, "{allocations} allocations for {EVENTS} events");
}

/// How often a nexus allocates while these many readings are put in and handled.
fn cost<'a, F: Future<Output = ()> + 'a>(builder: Builder, put_in: impl Fn(Handle, u64) -> F) -> u64 {
    block_on(async {
        let nexus = builder.build().unwrap().start().unwrap();
        put_in(nexus.handle(), WARM_UP).await;
        settled(&nexus).await;
        let before = counting::allocations();
        put_in(nexus.handle(), EVENTS).await;
        // Looked at only when nearly nothing waits: a ledger allocates.
        let after = counting::allocations();
        settled(&nexus).await;
        let ledger = nexus.join().await.unwrap();
        assert_eq!(ledger.of::<Reading>().handled, WARM_UP + EVENTS, "{ledger}");
        assert_eq!(ledger.total().failed, 0, "{ledger}");
        after - before
    })
}

async fn ingesting(handle: Handle, events: u64) {
    for number in 0..events {
        handle.ingest(reading(number)).await.unwrap();
    }
}

async fn emitting(handle: Handle, events: u64) {
    for number in 0..events {
        handle.emit(reading(number)).await.unwrap();
    }
}

#[derive(Domain)]
struct Audit;

#[handler(Reading)]
fn one(reading: &Reading) -> Report {
    Report(reading.number)
}

#[handler(Report, domain = Audit)]
fn audit(report: &Report, sum: &Sum) {
    sum.add(report.0);
}

#[test]
fn a_boundary_that_may_be_ahead_allocates_for_pieces_and_not_for_events() {
    let limits = nexus::Limits::default().capacity(4096).ahead(256);
    let builder = with::<one>().boundary::<nexus::Main, Audit, Report, ()>("to audit", limits);
    let allocations = cost(builder.with::<audit>(), emitting);
    assert!(allocations < EVENTS / 10, "{allocations} allocations for {EVENTS} events");
}

#[test]
fn ingest_into_a_plain_handler_allocates_nothing() {
    are_few(cost(with::<plain>(), ingesting));
}

#[test]
fn ingest_into_an_async_handler_that_does_not_wait_allocates_nothing() {
    are_few(cost(with::<at_once>(), ingesting));
}

#[test]
fn ingest_into_an_async_handler_that_waits_once_allocates_nothing() {
    are_few(cost(with::<pends>(), ingesting));
}

#[test]
fn ingest_into_several_handlers_allocates_nothing() {
    are_few(cost(with::<plain>().with::<at_once>().with::<pends>(), ingesting));
}

#[test]
fn ingest_into_a_handler_by_value_allocates_nothing() {
    are_few(cost(with::<by_value>().with::<plain>(), ingesting));
}

#[test]
fn a_handler_that_emits_four_secondary_events_allocates_nothing() {
    are_few(cost(with::<four>().with::<report>(), ingesting));
}

#[test]
fn four_levels_of_priority_allocate_nothing() {
    let builder = with::<levels>().with::<report>().with::<alarm>().with::<chore>().with::<rest>();
    are_few(cost(builder, ingesting));
}

#[test]
fn a_filter_that_passes_allocates_nothing() {
    #[filter]
    fn look(event: &Event) -> Verdict {
        Verdict::from(event.priority() == 77)
    }
    are_few(cost(with::<plain>().with::<look>(), ingesting));
}

#[test]
fn who_waits_at_a_full_door_allocates_nothing() {
    are_few(cost(with::<plain>().capacity(4), emitting));
    let eight_at_once = |handle: Handle, events: u64| async move {
        futures_util::future::join_all((0..8).map(|_| emitting(handle.clone(), events / 8))).await;
    };
    are_few(cost(with::<plain>().capacity(4), eight_at_once));
    are_few(cost(with::<pends>().capacity(64), eight_at_once));
}

async fn in_batches(handle: Handle, events: u64) {
    let (emitter, mut batch) = (handle.emitter::<Reading>(), nexus::Batch::new());
    for number in 0..events {
        batch.push(reading(number));
        if batch.len() == 64 || number + 1 == events {
            emitter.emit_batch(&mut batch).await.unwrap();
        }
    }
}

#[test]
fn batches_allocate_nothing_with_room_and_without() {
    are_few(cost(with::<plain>().capacity(None), in_batches));
    are_few(cost(with::<plain>().capacity(128), in_batches));
}

#[handler(Reading)]
fn dated(reading: &Reading, meta: Meta, sum: &Sum) {
    sum.add(reading.number + u64::from(meta.cause().is_some()));
}

#[test]
fn meta_allocates_nothing_however_events_come() {
    are_few(cost(with::<dated>(), ingesting));
    are_few(cost(with::<dated>().capacity(4), emitting));
    are_few(cost(with::<dated>().capacity(128), in_batches));
    are_few(cost_of_a_converter(256, with::<dated>()));
}

#[test]
fn emit_into_a_nexus_with_room_allocates_nothing() {
    let with_pauses = |handle: Handle, events: u64| async move {
        for number in 0..events {
            handle.emit(reading(number)).await.unwrap();
            if number % 32 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    are_few(cost(with::<plain>(), with_pauses));
    are_few(cost(with::<pends>().capacity(None), with_pauses));
}

/// How often a nexus allocates while its converter gives readings: the first to warm up, then, when a permit is there, the others.
fn cost_of_a_converter(ahead: usize, builder: Builder) -> u64 {
    block_on(async {
        let (go, counted) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new((0, 0))));
        let (warm, counts) = (go.clone(), counted.clone());
        // Reads the counter in its own turn, so that nothing else is measured.
        let items = stream::unfold(0, move |number| {
            let (warm, counts) = (warm.clone(), counts.clone());
            async move {
                if number == WARM_UP {
                    warm.acquire().await.unwrap().forget();
                    counts.lock().unwrap().0 = counting::allocations();
                }
                if number == WARM_UP + EVENTS {
                    counts.lock().unwrap().1 = counting::allocations();
                    return None;
                }
                Some((reading(number), number + 1))
            }
        });
        let nexus = builder.converter_ahead("readings", ahead, items).build().unwrap().start().unwrap();
        while nexus.ledger().of::<Reading>().handled < WARM_UP {
            tokio::task::yield_now().await;
        }
        go.add_permits(1);
        let ledger = nexus.join().await.unwrap();
        assert_eq!(ledger.of::<Reading>().handled, WARM_UP + EVENTS, "{ledger}");
        let (before, after) = *counted.lock().unwrap();
        after - before
    })
}

#[test]
fn a_converter_that_is_256_ahead_allocates_nothing() {
    are_few(cost_of_a_converter(256, with::<plain>()));
    are_few(cost_of_a_converter(256, with::<pends>()));
}

#[test]
fn a_converter_that_gives_one_by_one_allocates_nothing() {
    are_few(cost_of_a_converter(1, with::<plain>()));
}

#[test]
fn the_allocator_counts() {
    let before = counting::allocations();
    let boxes: Vec<Box<u64>> = (0..1000).map(Box::new).collect();
    assert!(counting::allocations() - before >= 1000, "{}", boxes.len());
}

#[test]
fn waiting_by_itself_allocates_nothing() {
    are_few(block_on(async {
        tokio::task::yield_now().await;
        let before = counting::allocations();
        for _ in 0..EVENTS {
            tokio::task::yield_now().await;
        }
        counting::allocations() - before
    }));
}
