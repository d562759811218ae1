//! How a nexus begins and ends: states, its own end, stop, drain, abort.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexus::prelude::*;
use nexus::{Builder, EmitError, IngestError, RunError, Running, State, Timer};
use tokio::sync::Semaphore;

#[named_event]
#[derive(Debug, PartialEq)]
struct Job(u64);

#[named_event]
struct Done(u64);

/// Handles jobs, each with a permit of the gate, and counts what is done.
struct Gated {
    gate: Arc<Semaphore>,
    done: Arc<AtomicU64>,
}

impl Gated {
    fn new() -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), done: Arc::default() }
    }

    fn builder(&self) -> Builder {
        let (gate, done) = (self.gate.clone(), self.done.clone());
        Nexus::empty()
            .on_async("work", move |job: &Job, queue: &mut Queue<Done>| {
                let (gate, id) = (gate.clone(), job.0);
                Box::pin(async move {
                    gate.acquire().await?.forget();
                    queue.emit(Done(id));
                    Ok(())
                })
            })
            .on("done", move |_: &Done, _: &mut Queue<()>| {
                done.fetch_add(1, SeqCst);
            })
    }

    /// Started, with job 0 in hand.
    async fn with_one_in_hand(&self) -> Running {
        let nexus = self.builder().build().unwrap().start().unwrap();
        nexus.emit(Job(0)).await.unwrap();
        while nexus.ledger().domains[0].in_hand.is_none() {
            tokio::task::yield_now().await;
        }
        nexus
    }
}

#[tokio::test]
async fn before_the_start_nothing_is_accepted_or_ended() {
    let nexus = Gated::new().builder().build().unwrap();
    let handle = nexus.handle();
    assert_eq!(handle.state(), State::Ready);
    assert_eq!(handle.emit(Job(1)).await, Err(EmitError::NotStarted(Job(1))));
    assert!(matches!(handle.ingest(Job(1)).await, Err(IngestError::NotStarted)));
    assert_eq!(
        handle.stop().unwrap_err().to_string(),
        "`stop` needs a nexus that is started; this one is READY"
    );
    assert_eq!(handle.drain().unwrap_err().state(), State::Ready);
    assert_eq!(handle.ledger().total().accepted, 0);
}

#[test]
fn a_nexus_without_a_runtime_says_so() {
    let error = Gated::new().builder().build().unwrap().start().unwrap_err();
    assert!(matches!(error, RunError::NoRuntime));
    assert!(error.to_string().contains("#[nexus::main]"));
}

#[tokio::test]
async fn it_starts_at_once_loops_and_stops() {
    let nexus = Gated::new().builder().build().unwrap().start().unwrap();
    assert_eq!(nexus.state(), State::Starting, "`start` is synchronous");
    nexus.emit(Done(1)).await.unwrap();
    while nexus.state() == State::Starting {
        tokio::task::yield_now().await;
    }
    assert_eq!(nexus.state(), State::Looping);
    nexus.stop().unwrap();
    assert_eq!(nexus.state(), State::Stopped);
    nexus.stop().unwrap();
    let handle = nexus.handle();
    nexus.join().await.unwrap();
    assert!(matches!(handle.emit(Job(1)).await, Err(EmitError::Stopped(Job(1)))));
}

#[tokio::test]
async fn it_ends_by_itself_when_sources_handles_and_events_are_gone() {
    let gated = Gated::new();
    gated.gate.add_permits(5);
    let ledger = gated
        .builder()
        .converter("jobs", futures_util::stream::iter((0..5).map(Job)))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!((ledger.of::<Job>().handled, ledger.of::<Done>().handled), (5, 5));
}

#[tokio::test]
async fn it_does_not_end_while_a_handle_or_an_emitter_is_left() {
    let gated = Gated::new();
    let nexus = gated.builder().build().unwrap().start().unwrap();
    let (handle, emitter) = (nexus.handle(), nexus.emitter::<Done>());
    let mut join = Box::pin(nexus.join());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(futures_util::poll!(&mut join).is_pending());
    drop(handle);
    emitter.ingest(Done(1)).await.unwrap();
    assert!(futures_util::poll!(&mut join).is_pending());
    drop(emitter);
    assert_eq!(join.await.unwrap().of::<Done>().handled, 1);
}

#[tokio::test]
async fn an_emitter_that_a_handler_gives_to_background_work_holds_the_nexus() {
    let (begin, seen) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU64::new(0)));
    let (wait, count) = (begin.clone(), seen.clone());
    let builder = Nexus::empty();
    let weak = builder.weak_handle();
    let nexus = builder
        .on("delegate", move |job: &Job, _: &mut Queue<()>| {
            let (out, wait, id) = (weak.upgrade().unwrap().emitter::<Done>(), wait.clone(), job.0);
            tokio::spawn(async move {
                wait.acquire().await.unwrap().forget();
                out.emit(Done(id)).await.unwrap();
            });
        })
        .on("done", move |_: &Done, _: &mut Queue<()>| {
            count.fetch_add(1, SeqCst);
        })
        .converter("job", futures_util::stream::iter([Job(1)]))
        .build()
        .unwrap();
    let run = tokio::spawn(nexus.run());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!run.is_finished());
    begin.add_permits(1);
    run.await.unwrap().unwrap();
    assert_eq!(seen.load(SeqCst), 1);
}

#[tokio::test]
async fn a_stop_lets_the_event_in_hand_end_and_drops_what_waits() {
    let gated = Gated::new();
    let nexus = gated.with_one_in_hand().await;
    let calls: Vec<_> = (1..4)
        .map(|id| {
            let handle = nexus.handle();
            tokio::spawn(async move { handle.ingest(Job(id)).await })
        })
        .collect();
    while nexus.ledger().of::<Job>().pending < 4 {
        tokio::task::yield_now().await;
    }
    nexus.stop().unwrap();
    assert_eq!(nexus.state(), State::Stopped);
    assert!(matches!(nexus.ingest(Job(9)).await, Err(IngestError::Stopped)));
    gated.gate.add_permits(1);
    let ledger = nexus.join().await.unwrap();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Err(IngestError::Cut)));
    }
    assert_eq!((ledger.of::<Job>().handled, ledger.of::<Job>().dropped), (1, 3), "{ledger}");
    assert_eq!(
        ledger.of::<Done>().dropped,
        1,
        "what the event in hand emits is accepted and dropped:\n{ledger}"
    );
    assert!(ledger.is_balanced());
}

#[tokio::test]
async fn a_handler_can_stop_its_own_nexus() {
    let builder = Nexus::empty();
    let weak = builder.weak_handle();
    let nexus = builder
        .on("stop", move |_: &Job, queue: &mut Queue<Done>| {
            weak.upgrade().unwrap().stop().unwrap();
            queue.emit(Done(1));
        })
        .on("done", |_: &Done, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    assert!(matches!(nexus.ingest(Job(1)).await, Err(IngestError::Cut)), "its tree was cut");
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<Job>().handled, ledger.of::<Done>().dropped), (1, 1));
}

#[tokio::test]
async fn a_drain_handles_what_waits_and_refuses_what_comes() {
    let gated = Gated::new();
    let nexus = gated.with_one_in_hand().await;
    nexus.emit(Job(1)).await.unwrap();
    nexus.drain().unwrap();
    assert!(matches!(nexus.emit(Job(2)).await, Err(EmitError::Stopped(Job(2)))));
    assert_eq!(nexus.state(), State::Looping, "it drains");
    gated.gate.add_permits(9);
    let handle = nexus.handle();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(handle.state(), State::Stopped);
    assert_eq!((ledger.of::<Job>().handled, ledger.of::<Done>().handled, ledger.total().dropped), (2, 2, 0));
}

#[tokio::test]
async fn a_drain_sends_away_who_waits_at_the_door() {
    let gated = Gated::new();
    let nexus = gated.builder().capacity(1).build().unwrap().start().unwrap();
    nexus.emit(Job(0)).await.unwrap();
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    nexus.emit(Job(1)).await.unwrap();
    let handle = nexus.handle();
    let mut late = Box::pin(handle.emit(Job(2)));
    assert!(futures_util::poll!(&mut late).is_pending());
    nexus.drain().unwrap();
    assert_eq!(late.await, Err(EmitError::Stopped(Job(2))), "the event comes back");
    gated.gate.add_permits(2);
    assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 2);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_takes_too_long_is_cut() {
    let gated = Gated::new();
    let nexus = gated.builder().drain_deadline(Duration::from_secs(5)).build().unwrap().start().unwrap();
    for id in 0..3 {
        nexus.emit(Job(id)).await.unwrap();
    }
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    let begin = tokio::time::Instant::now();
    nexus.drain().unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 5);
    assert_eq!((ledger.of::<Job>().dropped, ledger.of::<Job>().handled), (3, 0), "{ledger}");
}

/// Notes when it is dropped.
struct Dropped(Arc<AtomicU64>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[tokio::test]
async fn an_abort_cuts_the_handler_at_its_await() {
    let cut = Arc::new(AtomicU64::new(0));
    let counter = cut.clone();
    let nexus = Nexus::empty()
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let guard = Dropped(counter.clone());
            Box::pin(async move {
                let _guard = guard;
                std::future::pending().await
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    let handle = nexus.handle();
    let call = tokio::spawn(async move { handle.ingest(Job(0)).await });
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    nexus.emit(Job(1)).await.unwrap();
    nexus.abort().unwrap();
    let ledger = nexus.join().await.unwrap();
    assert!(matches!(call.await.unwrap(), Err(IngestError::Cut)));
    assert_eq!((cut.load(SeqCst), ledger.of::<Job>().dropped), (1, 2), "{ledger}");
}

#[tokio::test]
async fn dropping_the_future_of_a_run_aborts_it() {
    let gated = Gated::new();
    let nexus = gated.builder().build().unwrap();
    let handle = nexus.handle();
    let mut run = Box::pin(nexus.run());
    assert!(futures_util::poll!(&mut run).is_pending());
    handle.emit(Job(1)).await.unwrap();
    drop(run);
    handle.ended().await;
    assert_eq!(handle.state(), State::Stopped);
    assert_eq!(handle.ledger().of::<Job>().dropped, 1);
}

#[tokio::test]
async fn an_abort_before_the_first_turn_still_answers_everybody() {
    let nexus = Gated::new().builder().build().unwrap().start().unwrap();
    nexus.emit(Job(1)).await.unwrap();
    nexus.abort().unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.of::<Job>().dropped, 1);
}

#[test]
fn a_runtime_that_goes_away_ends_its_nexus() {
    let gated = Gated::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.block_on(async {
        let nexus = gated.with_one_in_hand().await;
        nexus.handle()
    });
    drop(runtime);
    assert_eq!(handle.state(), State::Stopped);
    assert_eq!(handle.ledger().of::<Job>().dropped, 1);
    assert!(matches!(handle.try_emit(Job(2)), Err(EmitError::Stopped(Job(2)))));
}

#[tokio::test(start_paused = true)]
async fn sources_are_cancelled_at_a_stop() {
    let made = Arc::new(Mutex::new(Vec::new()));
    let into = made.clone();
    let ended = Arc::new(AtomicU64::new(0));
    let guard = Dropped(ended.clone());
    let nexus = Nexus::empty()
        .timer("tick", Timer::every(Duration::from_secs(1)), |count| Done(count.unsigned_abs()))
        .producer("push", |out: Emitter<Job>| async move {
            let _guard = guard;
            out.emit(Job(1)).await.unwrap();
            std::future::pending::<()>().await;
        })
        .on("work", |_: &Job, _: &mut Queue<()>| ())
        .on("done", move |done: &Done, _: &mut Queue<()>| into.lock().unwrap().push(done.0))
        .build()
        .unwrap()
        .start()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(3500)).await;
    nexus.stop().unwrap();
    nexus.join().await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(*made.lock().unwrap(), [1, 2, 3]);
    assert_eq!(ended.load(SeqCst), 1, "when the run has ended, its sources are gone");
}

#[derive(Domain)]
struct Audit;

#[tokio::test]
async fn two_domains_run_side_by_side_and_end_together() {
    let builder = Nexus::empty();
    let (to_audit, to_main) = (builder.weak_handle(), builder.weak_handle());
    let nexus = builder
        .capacity(1)
        .on_async("work", move |job: &Job, _: &mut Queue<()>| {
            let (audit, id) = (to_audit.upgrade().unwrap().domain::<Audit>().unwrap(), job.0);
            // Many more than the other domain has room for: a handler of a nexus never waits for it.
            Box::pin(async move {
                for n in 0..50 {
                    audit.emit(Done(id * 100 + n)).await?;
                }
                Ok(())
            })
        })
        .converter("jobs", futures_util::stream::iter((0..10).map(Job)))
        .on("back", |_: &Done, _: &mut Queue<()>| ())
        .domain::<Audit>()
        .on_async("audit", move |done: &Done, _: &mut Queue<()>| {
            let (main, id) = (to_main.upgrade().unwrap(), done.0);
            Box::pin(async move {
                main.ingest(Done(id)).await?;
                Ok(())
            })
        })
        .build()
        .unwrap();
    let ledger = nexus.run().await.unwrap();
    let names: Vec<_> = ledger.domains.iter().map(|domain| domain.domain).collect();
    assert_eq!(names, ["Main", "Audit"]);
    assert_eq!(ledger.domains[1].total().handled, 500, "{ledger}");
    assert_eq!(ledger.domains[0].total().handled, 510, "{ledger}");
    assert_eq!(ledger.total().dropped, 0);
}
