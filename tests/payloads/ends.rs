//! However a nexus ends, and wherever an event stands by then: it is dropped once, or comes back.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, poll, stream};
use nexus::prelude::*;
use nexus::{Builder, EmitError, IngestError, Ledger, RunError, Running, Timer};
use tokio::sync::Semaphore;

use super::counted::{
    Child, Counted, Counts, Handled, Job, bounded, is_settled, one_thread, paused, run, seeing, threads,
    until,
};

/// A nexus of room for ten, which has one event in hand, whose handler waits for a permit; it owns a payload, and so does its
/// future.
fn waiting(counts: &Counts, gate: &Arc<Semaphore>) -> Builder {
    let (owned, gate) = (counts.make(), gate.clone());
    Nexus::empty()
        .capacity(10)
        .on_async("wait", move |job: &Job, queue: &mut Queue<Child>| {
            owned.is_intact();
            job.0.see("wait");
            let (gate, local) = (gate.clone(), job.0.clone());
            queue.emit(Child(job.0.counts().make()));
            async move {
                let permit = gate.acquire().await?;
                permit.forget();
                job.0.is_intact();
                queue.emit(Child(local.counts().make()));
                local.is_intact();
                Ok(())
            }
            .boxed()
        })
        .on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"))
}

/// One event in hand, ten that wait, and three emits and three ingests at the door, each with its task.
struct Crowd {
    nexus: Running,
    emits: Vec<tokio::task::JoinHandle<Result<(), EmitError<Job>>>>,
    ingests: Vec<tokio::task::JoinHandle<Result<(), IngestError>>>,
}

async fn crowd(builder: Builder, counts: &Counts) -> Crowd {
    let nexus = builder.build().unwrap().start().unwrap();
    nexus.emit(Job(counts.make())).await.unwrap();
    until(|| nexus.ledger().domains[0].in_hand.is_some() && nexus.ledger().of::<Child>().accepted == 1).await;
    while nexus.try_emit(Job(counts.make())).is_ok() {}
    assert_eq!(nexus.ledger().total().pending, 11);
    let (mut emits, mut ingests) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (handle, job) = (nexus.handle(), Job(counts.make()));
        emits.push(tokio::spawn(async move { handle.emit(job).await }));
        let (handle, job) = (nexus.handle(), Job(counts.make()));
        ingests.push(tokio::spawn(async move { handle.ingest(job).await }));
    }
    until(|| nexus.ledger().domains[0].at_the_door == 6).await;
    Crowd { nexus, emits, ingests }
}

impl Crowd {
    /// Everybody at the door is answered, and events that were refused come back as they were.
    async fn gets_answers(self, counts: &Counts) -> Ledger {
        for emit in self.emits {
            let refused = emit.await.unwrap().unwrap_err();
            assert!(matches!(refused, EmitError::Stopped(_)), "{refused}");
            let Job(counted) = refused.into_event();
            assert!(counted.is_intact());
        }
        for ingest in self.ingests {
            let refused = ingest.await.unwrap().unwrap_err();
            assert!(matches!(refused, IngestError::Stopped | IngestError::Cut), "{refused}");
        }
        let ledger = self.nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        ledger
    }
}

#[test]
fn a_stop_drops_what_waits_and_gives_back_what_stands_at_the_door() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let crowd = crowd(waiting(&counts, &gate), &counts).await;
        crowd.nexus.stop().unwrap();
        gate.add_permits(1);
        let ledger = crowd.gets_answers(&counts).await;
        assert_eq!((ledger.of::<Job>().handled, ledger.of::<Job>().dropped), (1, 9), "{ledger}");
        assert_eq!((ledger.of::<Child>().handled, ledger.of::<Child>().dropped), (0, 2), "{ledger}");
    });
}

#[test]
fn an_abort_drops_what_is_in_hand_with_the_future_of_its_handler_and_all_that_waits() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let crowd = crowd(waiting(&counts, &gate), &counts).await;
        crowd.nexus.abort().unwrap();
        let ledger = crowd.gets_answers(&counts).await;
        assert_eq!((ledger.of::<Job>().handled, ledger.of::<Job>().dropped), (0, 10), "{ledger}");
        assert_eq!(ledger.of::<Child>().dropped, 1, "{ledger}");
    });
}

#[test]
fn a_drain_that_takes_too_long_drops_what_is_in_hand_and_all_that_waits() {
    bounded(|| {
        paused().block_on(async {
            let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
            let builder = waiting(&counts, &gate).drain_deadline(Duration::from_secs(5));
            let crowd = crowd(builder, &counts).await;
            gate.add_permits(3);
            crowd.nexus.drain().unwrap();
            let ledger = crowd.gets_answers(&counts).await;
            assert_eq!((ledger.of::<Job>().handled, ledger.of::<Job>().dropped), (3, 7), "{ledger}");
        });
    });
}

#[test]
fn a_drain_handles_all_that_has_entered_and_gives_back_the_rest() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let crowd = crowd(waiting(&counts, &gate), &counts).await;
        gate.add_permits(100);
        crowd.nexus.drain().unwrap();
        let ledger = crowd.gets_answers(&counts).await;
        assert_eq!((ledger.of::<Job>().handled, ledger.of::<Child>().handled), (10, 20), "{ledger}");
        assert_eq!(ledger.total().dropped, 0, "{ledger}");
    });
}

#[test]
fn a_runtime_that_is_dropped_takes_everything_with_it() {
    for threads_of in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
        bounded(move || {
            let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
            let runtime = threads_of();
            let crowd = runtime.block_on(crowd(waiting(&counts, &gate), &counts));
            drop(crowd.emits);
            drop(crowd.ingests);
            drop(runtime);
            let ledger = one_thread().block_on(crowd.nexus.join()).unwrap();
            counts.agree_with(&ledger);
            assert_eq!(ledger.of::<Job>().dropped, 10, "{ledger}");
        });
    }
}

#[test]
fn a_nexus_that_is_dropped_while_it_runs_cuts_what_it_has_in_hand() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let (made, nexus) = (counts.clone(), waiting(&counts, &gate));
        let nexus =
            nexus.converter("jobs", stream::iter((0..5).map(move |_| Job(made.make())))).build().unwrap();
        let handle = nexus.handle();
        let mut running = Box::pin(nexus.run());
        while handle.ledger().of::<Child>().accepted == 0 {
            assert!(poll!(&mut running).is_pending());
            tokio::task::yield_now().await;
        }
        drop(running);
        handle.ended().await;
        let ledger = handle.ledger();
        drop(handle);
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().dropped, 1, "{ledger}");
    });
}

#[test]
fn a_nexus_that_is_built_and_never_started_drops_what_it_owns_and_refuses_events() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let (state, component, hooked, kept) = (counts.make(), counts.make(), counts.make(), counts.make());
        let nexus = waiting(&counts, &gate)
            .state(state)
            .component(component)
            .on_error(move |_, _| assert!(hooked.is_intact()))
            .converter("jobs", stream::iter([Job(counts.make()), Job(counts.make())]))
            .producer("producer", move |_: Emitter<Job>| async move { drop(kept) })
            .build()
            .unwrap();
        let handle = nexus.handle();
        let number = counts.made();
        for refused in [
            handle.try_emit(Job(counts.make())),
            handle.emit(Job(counts.make())).await,
            handle.emit_blocking(Job(counts.make())),
        ] {
            let Err(EmitError::NotStarted(Job(counted))) = refused else { panic!("it has not been started") };
            assert!(counted.is_intact() && counted.number >= number);
        }
        assert!(matches!(handle.ingest(Job(counts.make())).await, Err(IngestError::NotStarted)));
        drop(nexus);
        drop(handle);
        counts.are_even();
        drop(waiting(&counts, &gate));
        drop(waiting(&counts, &gate).build().unwrap());
        counts.are_even();
    });
}

#[test]
fn a_nexus_that_is_started_where_there_is_no_runtime_drops_what_it_owns() {
    let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
    let nexus = waiting(&counts, &gate).build().unwrap();
    assert!(matches!(nexus.start(), Err(RunError::NoRuntime)));
    counts.are_even();
}

#[test]
fn a_nexus_that_is_started_and_never_polled_drops_what_was_put_in() {
    bounded(|| {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let runtime = one_thread();
        let nexus = {
            let _inside = runtime.enter();
            waiting(&counts, &gate).build().unwrap().start().unwrap()
        };
        for _ in 0..10 {
            nexus.try_emit(Job(counts.make())).unwrap();
        }
        let Err(EmitError::Full(Job(counted))) = nexus.try_emit(Job(counts.make())) else {
            panic!("it is full")
        };
        assert_eq!(counted.number, 11);
        drop(counted);
        // One call each that stands at the door: given up before and after the end.
        let mut before = Box::pin(nexus.ingest(Job(counts.make())));
        let handle = nexus.handle();
        let mut after = Box::pin(handle.emit(Job(counts.make())));
        assert!(before.as_mut().now_or_never().is_none());
        assert!(after.as_mut().now_or_never().is_none());
        drop(before);
        drop(runtime);
        drop(after);
        drop(handle);
        let ledger = one_thread().block_on(nexus.join()).unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().dropped, 10, "{ledger}");
    });
}

#[test]
fn an_abort_before_the_first_turn_drops_everything() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let nexus = waiting(&counts, &gate).build().unwrap().start().unwrap();
        (0..10).for_each(|_| nexus.try_emit(Job(counts.make())).unwrap());
        nexus.abort().unwrap();
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().dropped, 10, "{ledger}");
    });
}

#[test]
fn an_emit_that_is_cancelled_at_the_door_drops_its_event_and_no_other() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let crowd = crowd(waiting(&counts, &gate), &counts).await;
        let first = counts.made();
        for keep in 0..4 {
            let mut calls: Vec<_> = (0..4).map(|_| Box::pin(crowd.nexus.emit(Job(counts.make())))).collect();
            for call in &mut calls {
                assert!(poll!(call).is_pending());
            }
            let never_polled = crowd.nexus.emit(Job(counts.make()));
            drop(never_polled);
            // The others are dropped in another order each time.
            let kept = calls.remove(keep);
            drop(calls);
            drop(kept);
            assert_eq!(crowd.nexus.ledger().domains[0].at_the_door, 6);
        }
        assert_eq!(counts.made() - first, 20);
        gate.add_permits(100);
        for emit in crowd.emits {
            emit.await.unwrap().unwrap();
        }
        for ingest in crowd.ingests {
            ingest.await.unwrap().unwrap();
        }
        let ledger = crowd.nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().handled, 16, "{ledger}");
    });
}

#[test]
fn an_event_that_is_refused_comes_back_as_it_was() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let crowd = crowd(waiting(&counts, &gate), &counts).await;
        let come_back = |refused: EmitError<Job>, number: usize| {
            let Job(counted) = refused.into_event();
            assert!(counted.is_intact());
            assert_eq!(counted.number, number);
        };
        for _ in 0..5 {
            let job = Job(counts.make());
            let number = job.0.number;
            let refused = crowd.nexus.try_emit(job).unwrap_err();
            assert!(matches!(refused, EmitError::Full(_)));
            come_back(refused, number);
        }
        // An error that is dropped takes its event with it.
        drop(crowd.nexus.try_emit(Job(counts.make())));
        let blocked = {
            let (handle, job) = (crowd.nexus.handle(), Job(counts.make()));
            std::thread::spawn(move || {
                let number = job.0.number;
                (number, handle.emit_blocking(job).unwrap_err())
            })
        };
        until(|| crowd.nexus.ledger().domains[0].at_the_door == 7).await;
        crowd.nexus.stop().unwrap();
        let (number, refused) = blocked.join().unwrap();
        come_back(refused, number);
        for _ in 0..5 {
            let job = Job(counts.make());
            let number = job.0.number;
            come_back(crowd.nexus.emit(job).await.unwrap_err(), number);
        }
        gate.add_permits(1);
        crowd.gets_answers(&counts).await;
    });
}

#[test]
fn a_refused_payload_of_100_kib_comes_back_as_it_was() {
    use super::shapes::{Kilobytes100, Shape as _};

    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty()
            .capacity(1)
            .on("see", |event: &Kilobytes100, _: &mut Queue<()>| event.see("see"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        nexus.try_emit(Kilobytes100::<1>::of(counts.make())).unwrap_or_else(|_| panic!("there is room"));
        for _ in 0..10 {
            let refused = nexus.try_emit(Kilobytes100::<1>::of(counts.make())).unwrap_err();
            let event: Kilobytes100 = refused.into_event();
            assert!(event.is_whole() && event.counted().is_intact());
            drop(nexus.emit(event).now_or_never());
        }
        nexus.emit(Kilobytes100::<1>::of(counts.make())).await.unwrap();
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Kilobytes100>().handled, 2, "{ledger}");
    });
}

#[test]
fn events_that_nobody_handles_are_dropped_whether_discarded_or_reported() {
    #[named_event(unhandled = discard)]
    struct Optional(#[allow(dead_code, reason = "counts")] Counted);

    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty().on_error(|_, _| ()).capacity(4).build().unwrap().start().unwrap();
        for _ in 0..100 {
            nexus.emit(Job(counts.make())).await.unwrap();
            nexus.ingest(Optional(counts.make())).await.unwrap();
            nexus.emit(Event::of(Job(counts.make()))).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!((ledger.of::<Job>().unhandled, ledger.of::<Optional>().discarded), (200, 100), "{ledger}");
    });
}

#[test]
fn what_sources_hold_when_the_nexus_ends_is_dropped() {
    for end in [Handle::stop, Handle::abort, Handle::drain] {
        bounded(move || {
            threads(2).block_on(async {
                let counts = Counts::default();
                let [one, ahead, produced, blocking, timed, owned] = [(); 6].map(|()| counts.clone());
                let job = |counts: &Counts| Job(counts.make());
                let nexus = Nexus::empty()
                    .capacity(3)
                    .on("see", seeing("see"))
                    .converter("one", stream::repeat_with(move || job(&one)))
                    .converter_ahead(
                        "ahead",
                        256,
                        stream::repeat_with(move || vec![job(&ahead), job(&ahead)]),
                    )
                    .producer("producer", move |out: Emitter<Job>| async move {
                        let _local = owned.make();
                        while out.emit(job(&produced)).await.is_ok() {}
                        pending::<()>().await;
                    })
                    .blocking_producer(
                        "thread",
                        move |out: Emitter<Job>| {
                            while out.emit_blocking(job(&blocking)).is_ok() {}
                        },
                    )
                    .timer("timer", Timer::every(Duration::from_millis(1)), move |_| job(&timed))
                    .build()
                    .unwrap()
                    .start()
                    .unwrap();
                nexus.started().await;
                until(|| counts.seen("see").len() > 1000).await;
                end(&nexus).unwrap();
                let ledger = nexus.join().await.unwrap();
                is_settled(&ledger);
                // The thread of a blocking producer is not waited for: it owns the last one that was refused.
                until(|| counts.alive() == 0).await;
                counts.agree_with(&ledger);
            });
        });
    }
}

#[test]
fn handles_that_outlive_their_nexus_refuse_events_and_keep_none() {
    run(async {
        let counts = Counts::default();
        let owned = counts.make();
        let nexus = Nexus::empty().on_async("see", move |job: &Job, _: &mut Queue<()>| -> Handled<'_> {
            owned.is_intact();
            job.0.see("see");
            Box::pin(async { Ok(()) })
        });
        let weak = nexus.weak_handle();
        let nexus = nexus.build().unwrap().start().unwrap();
        let (handle, emitter) = (nexus.handle(), nexus.emitter::<Job>());
        nexus.ingest(Job(counts.make())).await.unwrap();
        nexus.stop().unwrap();
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert!(handle.emit(Job(counts.make())).await.is_err());
        assert!(emitter.try_emit(Job(counts.make())).is_err());
        assert!(emitter.ingest(Job(counts.make())).await.is_err());
        counts.agree_with(&handle.ledger());
        drop((handle, emitter));
        assert!(weak.upgrade().is_none(), "the nexus itself is gone");
        counts.are_even();
    });
}
