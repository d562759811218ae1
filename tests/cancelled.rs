//! Calls that are cancelled, at each of their awaits and in every company: the nexus stays usable, and nothing is lost.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use nexus::prelude::*;
use nexus::{Handle, IngestError, Limits, Main, Policy, Running};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

/// Counts what becomes of it.
#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    handled: AtomicUsize,
    dropped: AtomicUsize,
}

#[derive(Clone)]
struct Shared(Arc<Counts>);

struct Job {
    counts: Shared,
    /// How many more arise from it.
    more: u32,
}

impl NamedEvent for Job {
    const NAME: &'static str = "Job";
}

impl Job {
    fn new(counts: &Shared, more: u32) -> Self {
        counts.0.made.fetch_add(1, SeqCst);
        Self { counts: counts.clone(), more }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.counts.0.dropped.fetch_add(1, SeqCst);
    }
}

#[derive(Domain)]
struct Audit;

/// A nexus of little room whose handler waits at several places.
fn start(counts: &Shared, policy: Policy) -> Running {
    let counts = counts.clone();
    Nexus::empty()
        .capacity(1)
        .policy(policy)
        .on_error(|_, _| ())
        .on_async("work", move |job: &Job, queue: &mut Queue<Job>| {
            let counts = counts.clone();
            async move {
                counts.0.handled.fetch_add(1, SeqCst);
                if job.more > 0 {
                    queue.emit(Job::new(&counts, job.more - 1));
                }
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                if job.more == 1 { Err("the last but one fails".into()) } else { Ok(()) }
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap()
}

/// Polls a future a number of times and gives it up; whether it was done by then.
async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => {
                // Looks again after everybody else had a turn, whether it was woken or not.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// The nexus still works, and every event that was made is in an account or was refused, and is gone.
async fn is_whole(nexus: Running, counts: &Shared) {
    nexus.ingest(Job::new(counts, 0)).await.expect("it stays usable");
    let ledger = nexus.join().await.unwrap();
    assert!(ledger.is_balanced(), "{ledger}");
    let job = ledger.of::<Job>();
    assert_eq!((job.dropped, job.pending), (0, 0), "{ledger}");
    assert_eq!(job.deliveries, counts.0.handled.load(SeqCst) as u64, "{ledger}");
    assert_eq!(counts.0.made.load(SeqCst), counts.0.dropped.load(SeqCst), "{ledger}");
}

#[tokio::test]
async fn an_ingest_that_is_dropped_at_any_of_its_awaits_loses_nothing() {
    for policy in [Policy::Report, Policy::Fail] {
        for times in 0..40 {
            let counts = Shared(Arc::default());
            let nexus = start(&counts, policy);
            // In hand, waiting, and at the door.
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let (handle, job) = (nexus.handle(), Job::new(&counts, 1));
                    tokio::spawn(async move { handle.ingest(job).await })
                })
                .collect();
            tokio::task::yield_now().await;
            drop(polled(times, nexus.ingest(Job::new(&counts, 2))).await);
            for other in others {
                other
                    .await
                    .unwrap()
                    .unwrap_or_else(|error| assert!(matches!(error, IngestError::Failed(_)), "{error}"));
            }
            is_whole(nexus, &counts).await;
        }
    }
}

#[tokio::test]
async fn calls_in_select_and_join_all_do_not_keep_the_nexus_from_going_on() {
    let counts = Shared(Arc::default());
    let nexus = start(&counts, Policy::Report);
    for times in 0..40 {
        // The loser of a race is dropped wherever it is.
        let race = async {
            futures_util::select_biased! {
                () = polled(times, std::future::pending::<()>()).map(drop).fuse() => false,
                done = nexus.ingest(Job::new(&counts, 1)).fuse() => done.is_ok(),
            }
        };
        // A caller that is polled by others' wakers only.
        let all = futures_util::future::join_all((0..5).map(|_| nexus.ingest(Job::new(&counts, 1))));
        let (_, all) = futures_util::future::join(race, all).await;
        assert!(all.iter().all(Result::is_ok));
    }
    // One call that is never polled again, beside others that end.
    let mut asleep = Box::pin(nexus.ingest(Job::new(&counts, 3)));
    assert!(polled(1, asleep.as_mut()).await.is_none());
    for _ in 0..10 {
        nexus.ingest(Job::new(&counts, 1)).await.unwrap();
    }
    asleep.await.unwrap();
    is_whole(nexus, &counts).await;
}

fn runtime(threads: usize) -> Runtime {
    let mut builder = if threads == 0 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.enable_time().build().unwrap()
}

#[test]
fn calls_from_another_runtime_are_cancelled_as_from_its_own() {
    let (here, there) = (runtime(2), runtime(0));
    let counts = Shared(Arc::default());
    let nexus = here.block_on(async { start(&counts, Policy::Report) });
    there.block_on(async {
        for times in 0..60 {
            drop(polled(times, nexus.ingest(Job::new(&counts, 2))).await);
            drop(polled(times, nexus.emit(Job::new(&counts, 0))).await);
        }
    });
    // A runtime that goes with calls under way takes only their waiting with it.
    let gone = runtime(1);
    let waiting: Vec<Handle> = (0..10).map(|_| nexus.handle()).collect();
    for handle in waiting {
        let job = Job::new(&counts, 2);
        gone.spawn(async move { handle.ingest(job).await });
    }
    drop(gone);
    here.block_on(is_whole(nexus, &counts));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_events_stand_too_far_back_in_a_boundary_can_be_cancelled_too() {
    let counts = Shared(Arc::default());
    let gate = Arc::new(Semaphore::new(0));
    let (open, handled) = (gate.clone(), counts.clone());
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Job, ()>("to audit", Limits::default().capacity(1).ahead(1))
        .domain::<Audit>()
        .on_async("slow", move |_: &Job, _: &mut Queue<()>| {
            let (gate, handled) = (gate.clone(), handled.clone());
            async move {
                gate.acquire().await?.forget();
                handled.0.handled.fetch_add(1, SeqCst);
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    for _ in 0..5 {
        let call = nexus.ingest(Job::new(&counts, 0));
        drop(tokio::time::timeout(Duration::from_millis(10), call).await);
    }
    open.add_permits(5);
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.boundaries[0].delivered, counts.0.handled.load(SeqCst)), (5, 5), "{ledger}");
    assert_eq!(counts.0.made.load(SeqCst), counts.0.dropped.load(SeqCst));
}
