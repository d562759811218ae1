//! Whoever leaves the door leaves nothing behind, and lets in who stands there.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use nexus::prelude::*;
use nexus::{Batch, Running};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Counts itself among the living.
struct Job(Arc<AtomicUsize>);

impl NamedEvent for Job {
    const NAME: &'static str = "Job";
}

impl Job {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(alive.clone())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// A nexus that has one job in hand, until the gate opens, and one that waits.
async fn busy(capacity: usize, gate: &Arc<Semaphore>, alive: &Arc<AtomicUsize>) -> Running {
    let gate = gate.clone();
    let nexus = Nexus::empty()
        .capacity(capacity)
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let gate = gate.clone();
            async move {
                gate.acquire().await?.forget();
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.emit(Job::new(alive)).await.unwrap();
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    nexus.emit(Job::new(alive)).await.unwrap();
    nexus
}

/// Waits until so many events stand at the door.
async fn at_the_door(nexus: &Running, count: usize) {
    while nexus.ledger().domains[0].at_the_door != count {
        tokio::task::yield_now().await;
    }
}

/// Begins more calls than a task may poll in one turn, and cancels all of them.
async fn cancelled_calls(nexus: &Running, alive: &Arc<AtomicUsize>) {
    let (handle, alive) = (nexus.handle(), alive.clone());
    let calls = async move {
        let calls = join_all((0..200).map(|_| Box::pin(handle.ingest(Job::new(&alive)))));
        assert!(calls.now_or_never().is_none(), "they stand at the door");
    };
    tokio::spawn(calls).await.unwrap();
}

#[tokio::test]
async fn calls_that_are_cancelled_leave_nothing_at_the_door() {
    let (gate, alive) = (Arc::new(Semaphore::new(0)), Arc::default());
    let nexus = busy(1, &gate, &alive).await;
    cancelled_calls(&nexus, &alive).await;
    assert_eq!(nexus.ledger().domains[0].at_the_door, 0);
    assert_eq!(alive.load(SeqCst), 2, "only what had entered is left");
    gate.add_permits(1000);
    assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 2);
}

#[tokio::test]
async fn what_cancelled_calls_have_brought_is_dropped_at_an_abort() {
    let (gate, alive) = (Arc::new(Semaphore::new(0)), Arc::default());
    let nexus = busy(1, &gate, &alive).await;
    cancelled_calls(&nexus, &alive).await;
    let handle = nexus.handle();
    handle.abort().unwrap();
    nexus.join().await.unwrap();
    assert_eq!(alive.load(SeqCst), 0, "also while somebody has a handle");
    drop(handle);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_the_front_of_the_line_lets_in_who_stands_behind() {
    let (gate, alive) = (Arc::new(Semaphore::new(0)), Arc::default());
    let nexus = busy(2, &gate, &alive).await;
    let emitter = nexus.handle().emitter::<Job>();
    let mut batch = Batch::new();
    batch.push(Job::new(&alive));
    batch.push(Job::new(&alive));
    let of_two = emitter.clone();
    let front = tokio::spawn(async move { of_two.emit_batch(&mut batch).await });
    at_the_door(&nexus, 2).await;
    let job = Job::new(&alive);
    let behind = tokio::spawn(async move { emitter.emit(job).await });
    at_the_door(&nexus, 3).await;
    front.abort();
    let entered = tokio::time::timeout(Duration::from_secs(60), behind).await;
    entered.expect("there is room for one, and nobody before it").unwrap().unwrap();
    gate.add_permits(1000);
    assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 3);
}

#[named_event]
struct Tick;

type Seen = Mutex<Vec<Instant>>;

#[handler(Tick)]
fn note(_: &Tick, meta: Meta, seen: &Seen) {
    seen.lock().unwrap().push(meta.time());
}

fn noting() -> (Running, Arc<Seen>) {
    let seen: Arc<Seen> = Arc::default();
    (Nexus::empty().shared_state(seen.clone()).with::<note>().build().unwrap().start().unwrap(), seen)
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_refused_is_dated_by_the_nexus_that_takes_it() {
    let (first, _) = noting();
    let emitter = first.handle().emitter::<Tick>();
    first.handle().started().await;
    tokio::time::advance(Duration::from_secs(1000)).await;
    first.handle().stop().unwrap();
    let mut batch = Batch::new();
    batch.push(Tick);
    emitter.emit_batch(&mut batch).await.unwrap_err();
    assert_eq!(batch.len(), 1);
    let (second, seen) = noting();
    tokio::time::advance(Duration::from_secs(5)).await;
    let now = Instant::now();
    second.handle().emitter::<Tick>().emit_batch(&mut batch).await.unwrap();
    second.join().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [now]);
}
