//! Whoever leaves the door leaves nothing behind, and lets in who stands there.

use futures_util::FutureExt as _;
use nexus::Batch;
use nexus::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::Semaphore;

struct Job(Arc<AtomicUsize>);
impl NamedEvent for Job {
    const NAME: &'static str = "Job";
}
impl Drop for Job {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
fn job(c: &Arc<AtomicUsize>, _: u32) -> Job {
    c.fetch_add(1, SeqCst);
    Job(c.clone())
}

fn gated(gate: &Arc<Semaphore>, handled: &Arc<AtomicUsize>, capacity: usize) -> nexus::Running {
    let (gate, handled) = (gate.clone(), handled.clone());
    Nexus::empty()
        .capacity(capacity)
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let (gate, handled) = (gate.clone(), handled.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                handled.fetch_add(1, SeqCst);
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap()
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Calls cancelled at the door: none stays there.
#[tokio::test]
async fn calls_that_are_cancelled_at_the_door_leave_nothing_there() {
    let (gate, handled, alive) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
    let nexus = gated(&gate, &handled, 1);
    nexus.emit(job(&alive, 0)).await.unwrap();
    settle().await;
    nexus.emit(job(&alive, 1)).await.unwrap();
    let handle = nexus.handle();
    tokio::spawn({
        let alive = alive.clone();
        async move {
            let all =
                futures_util::future::join_all((0..200).map(|n| handle.ingest(job(&alive, n))).map(Box::pin));
            assert!(all.now_or_never().is_none());
        }
    })
    .await
    .unwrap();
    let ledger = nexus.handle().ledger();
    let at_the_door: usize = ledger.domains.iter().map(|d| d.at_the_door).sum();
    gate.add_permits(1000);
    settle().await;
    assert_eq!((at_the_door, handled.load(SeqCst)), (0, 2));
}

/// The same, then a stop: the payloads of those who have gone are dropped.
#[tokio::test]
async fn what_cancelled_calls_brought_is_dropped_at_a_stop() {
    let (gate, handled, alive) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
    let nexus = gated(&gate, &handled, 1);
    nexus.emit(job(&alive, 0)).await.unwrap();
    settle().await;
    nexus.emit(job(&alive, 1)).await.unwrap();
    let handle = nexus.handle();
    tokio::spawn({
        let alive = alive.clone();
        let handle = handle.clone();
        async move {
            let all =
                futures_util::future::join_all((0..200).map(|n| handle.ingest(job(&alive, n))).map(Box::pin));
            assert!(all.now_or_never().is_none());
        }
    })
    .await
    .unwrap();
    handle.abort().unwrap();
    nexus.join().await.unwrap();
    assert_eq!(alive.load(SeqCst), 0);
    drop(handle);
}

/// Who leaves the front of the line lets those behind it in for whom there is room.
#[tokio::test(start_paused = true)]
async fn who_leaves_the_front_of_the_line_lets_in_who_stands_behind() {
    let (gate, handled, alive) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
    let nexus = gated(&gate, &handled, 2);
    nexus.emit(job(&alive, 0)).await.unwrap();
    settle().await; // in hand
    nexus.emit(job(&alive, 1)).await.unwrap(); // one waits; room for one
    let emitter = nexus.handle().emitter::<Job>();
    let front = tokio::spawn({
        let (alive, emitter) = (alive.clone(), emitter.clone());
        async move {
            let mut batch = Batch::<Job>::new();
            batch.push(job(&alive, 2));
            batch.push(job(&alive, 3));
            emitter.emit_batch(&mut batch).await.ok();
        }
    });
    settle().await;
    let behind = tokio::spawn({
        let (alive, emitter) = (alive.clone(), emitter.clone());
        async move {
            emitter.emit(job(&alive, 4)).await.unwrap();
        }
    });
    settle().await;
    front.abort();
    let entered = tokio::time::timeout(Duration::from_secs(60), behind).await.is_ok();
    gate.add_permits(100);
    settle().await;
    assert!(entered, "there is room for one, and nobody before it");
}

mod meta {
    use super::*;
    use nexus::Meta;
    use tokio::time::Instant;
    #[derive(Debug)]
    struct Tick;
    impl NamedEvent for Tick {
        const NAME: &'static str = "Tick";
    }
    type Seen = std::sync::Mutex<Vec<Instant>>;
    #[handler(Tick)]
    fn note(_: &Tick, meta: Meta, seen: &Seen) {
        seen.lock().unwrap().push(meta.time());
    }
    fn nexus() -> (nexus::Running, Arc<Seen>) {
        let seen: Arc<Seen> = Arc::default();
        (Nexus::empty().shared_state(seen.clone()).with::<note>().build().unwrap().start().unwrap(), seen)
    }
    /// A batch that one nexus has refused is taken to another.
    #[tokio::test(start_paused = true)]
    async fn a_refused_batch_is_dated_by_the_nexus_that_takes_it() {
        let (first, _) = nexus();
        let emitter = first.handle().emitter::<Tick>();
        first.handle().started().await;
        tokio::time::advance(Duration::from_secs(1000)).await;
        first.handle().stop().unwrap();
        let mut batch = Batch::<Tick>::new();
        batch.push(Tick);
        assert!(emitter.emit_batch(&mut batch).await.is_err() && batch.len() == 1);
        let (second, seen) = nexus();
        let before = Instant::now();
        second.handle().emitter::<Tick>().emit_batch(&mut batch).await.unwrap();
        second.join().await.unwrap();
        let time = seen.lock().unwrap()[0];
        assert!(time <= Instant::now(), "in {:?}", time - before);
    }
}
