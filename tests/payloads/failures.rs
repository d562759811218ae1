//! Errors, panics, destructors at their worst: what they hold is dropped once, and who comes after them has all of theirs.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use nexus::prelude::*;
use nexus::{BoxError, Cause, EmitError, Failure, IngestError, Policy, RunError, Running};
use tokio::sync::Semaphore;

use super::counted::{
    Child, Counted, Counts, Handled, Job, ON_PURPOSE, bounded, hush, is_settled, one_thread, run, seeing,
    threads, until,
};

/// Of 201 jobs, the one in the middle is another.
const MIDDLE: usize = 100;

/// Puts 201 jobs in at once, and gives the accounts.
async fn a_long_run(nexus: Running, counts: &Counts) -> nexus::Ledger {
    let first = counts.make().number + 1;
    for nth in 0..=2 * MIDDLE {
        let job = Job(counts.make());
        assert_eq!(job.0.number, first + nth);
        nexus.try_emit(job).unwrap();
    }
    let ledger = nexus.join().await.unwrap();
    let job = ledger.of::<Job>();
    assert_eq!((job.handled, job.failed), (2 * MIDDLE as u64, 1), "{ledger}");
    is_settled(&ledger);
    ledger
}

/// Whether this is the job in the middle, of those that this handler sees.
fn is_middle(counts: &Counts, handler: &'static str) -> bool {
    counts.seen(handler).len() == MIDDLE + 1
}

#[handler(Job)]
fn panics_with_its_event(job: Job) {
    let _local = job.0.clone();
    job.0.see("at once");
    assert!(!is_middle(job.0.counts(), "at once"), "{}", ON_PURPOSE);
}

#[handler(Job)]
async fn panics_before_its_await(job: Job) {
    let _local = job.0.clone();
    job.0.see("before");
    assert!(!is_middle(job.0.counts(), "before"), "{}", ON_PURPOSE);
    tokio::task::yield_now().await;
    assert!(job.0.is_intact());
}

#[handler(Job)]
async fn panics_after_its_await(job: &Job, queue: &mut Queue<Child>) {
    let local = job.0.clone();
    job.0.see("after");
    queue.emit(Child(job.0.clone()));
    tokio::task::yield_now().await;
    let _another = local.clone();
    assert!(!is_middle(job.0.counts(), "after"), "{}", ON_PURPOSE);
    assert!(local.is_intact());
}

#[handler(Child)]
fn look(child: Child) {
    assert!(child.0.is_intact());
}

#[test]
fn a_handler_that_panics_in_a_long_run_of_one_type_drops_what_it_held_and_the_others_are_handled() {
    hush();
    let builders = [
        || Nexus::empty().with::<panics_with_its_event>(),
        || Nexus::empty().with::<panics_before_its_await>(),
        || Nexus::empty().with::<panics_after_its_await>().with::<look>(),
        || {
            Nexus::empty()
                .on("before it", seeing("before it"))
                .with::<panics_before_its_await>()
                .on("after it", seeing("after it"))
        },
        || {
            Nexus::empty().on("at once", |job: &Job, _: &mut Queue<()>| {
                let _local = job.0.clone();
                job.0.see("at once");
                assert!(!is_middle(job.0.counts(), "at once"), "{}", ON_PURPOSE);
            })
        },
        || {
            // Panics before there is a future.
            Nexus::empty().on_async("early", |job: &Job, _: &mut Queue<()>| -> Handled<'_> {
                let local = job.0.clone();
                job.0.see("early");
                assert!(!is_middle(job.0.counts(), "early"), "{}", ON_PURPOSE);
                async move {
                    assert!(local.is_intact());
                    Ok(())
                }
                .boxed()
            })
        },
    ];
    for builder in builders {
        run(async move {
            let counts = Counts::default();
            let nexus = builder()
                .on_error(|failure, _| assert!(matches!(failure.cause(), Cause::Panic(_))))
                .capacity(None);
            let ledger = a_long_run(nexus.build().unwrap().start().unwrap(), &counts).await;
            counts.are_even();
            assert!(ledger.of::<Child>().failed == 0, "{ledger}");
        });
    }
}

#[test]
fn a_panic_whose_message_is_a_payload_is_caught_and_dropped_once() {
    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty()
            .on_error(|_, _| ())
            .capacity(None)
            .on("see", |job: &Job, _: &mut Queue<()>| {
                job.0.see("see");
                if is_middle(job.0.counts(), "see") {
                    // Without the hook, which would print it.
                    std::panic::resume_unwind(Box::new(job.0.clone()));
                }
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        let ledger = a_long_run(nexus, &counts).await;
        counts.agree_with(&ledger);
    });
}

#[test]
fn an_error_that_holds_a_payload_lives_as_long_as_the_last_who_has_its_failure() {
    run(async {
        let (counts, kept) = (Counts::default(), Arc::new(Mutex::new(Vec::<Failure>::new())));
        let into = kept.clone();
        let nexus = Nexus::empty()
            .on_error(move |failure, event| {
                assert!(failure.error::<Counted>().is_some_and(Counted::is_intact));
                assert!(event.and_then(Event::payload::<Job>).is_some_and(|job| job.0.is_intact()));
                let mut kept = into.lock().unwrap();
                kept.push(failure.clone());
                kept.push(failure.clone());
            })
            .on_async("fails", |job: &Job, _: &mut Queue<()>| {
                async move {
                    job.0.see("fails");
                    let error = job.0.clone();
                    tokio::task::yield_now().await;
                    Err(error.into())
                }
                .boxed()
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..100 {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        assert_eq!(ledger.of::<Job>().failed, 100, "{ledger}");
        assert_eq!(counts.alive(), 200, "each error, and the event that its failure carries");
        let mut kept = std::mem::take(&mut *kept.lock().unwrap());
        for failure in &kept {
            let error = failure.error::<Counted>().unwrap();
            let event = failure.event().unwrap().payload::<Job>().unwrap();
            assert!(error.is_intact() && event.0.is_intact());
            assert_eq!(error.number, event.0.number);
        }
        let rest = kept.split_off(100);
        drop(kept);
        assert_eq!(counts.alive(), 100);
        std::thread::spawn(move || drop(rest)).join().unwrap();
        counts.agree_with(&ledger);
    });
}

#[test]
fn failures_and_dead_letters_carry_their_event_when_the_nexus_is_long_gone() {
    run(async {
        let (counts, kept) = (Counts::default(), Arc::new(Mutex::new(Vec::<DeadLetter>::new())));
        let into = kept.clone();
        let nexus = Nexus::empty()
            .on_error(|_, _| ())
            .capacity(3)
            .on("sees", seeing("sees"))
            .on("fails", |job: &Job, _: &mut Queue<()>| -> Result {
                job.0.see("fails");
                if job.0.number.is_multiple_of(2) { Err(job.0.clone().into()) } else { Ok(()) }
            })
            .on("bury", move |letter: &DeadLetter, _: &mut Queue<()>| {
                let event = letter.event.as_ref().expect("it was borrowed");
                event.payload::<Job>().unwrap().0.see("bury");
                into.lock().unwrap().push(letter.clone());
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..100 {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        let letters = std::mem::take(&mut *kept.lock().unwrap());
        assert_eq!(letters.len(), 50);
        // What has been freed is used again, perhaps.
        for _ in 0..3 {
            let nexus =
                Nexus::empty().on("see", |child: &Child, _: &mut Queue<()>| assert!(child.0.is_intact()));
            let nexus = nexus.build().unwrap().start().unwrap();
            for _ in 0..200 {
                nexus.emit(Child(counts.make())).await.unwrap();
            }
            is_settled(&nexus.join().await.unwrap());
        }
        for letter in letters {
            let (event, failure) = (letter.event.clone().unwrap(), letter.failure.clone());
            drop(letter);
            let job = event.payload::<Job>().unwrap();
            assert!(job.0.is_intact());
            assert!(std::ptr::eq(job, failure.event().unwrap().payload::<Job>().unwrap()), "they share it");
            drop(event);
            assert!(failure.event().unwrap().payload::<Job>().unwrap().0.is_intact());
            assert!(failure.error::<Counted>().unwrap().is_intact());
        }
        counts.agree_with(&ledger);
    });
}

#[test]
fn an_event_that_was_taken_by_value_is_not_in_its_failure_and_is_gone() {
    #[handler(Job)]
    async fn takes_it_away(job: Job) -> Result {
        job.0.see("takes");
        tokio::task::yield_now().await;
        Err("it is gone".into())
    }

    run(async {
        let (counts, failures) = (Counts::default(), Arc::new(Mutex::new(Vec::<Failure>::new())));
        let into = failures.clone();
        let nexus = Nexus::empty()
            .on_error(move |failure, event| {
                assert!(event.is_some_and(|event| event.payload::<Job>().is_none()));
                into.lock().unwrap().push(failure.clone());
            })
            .with::<takes_it_away>()
            .on("bury", |letter: &DeadLetter, _: &mut Queue<()>| assert!(letter.event.is_none()))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..100 {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.are_even();
        assert_eq!((ledger.of::<Job>().failed, ledger.of::<DeadLetter>().handled), (100, 100), "{ledger}");
        assert!(
            failures
                .lock()
                .unwrap()
                .iter()
                .all(|failure| { failure.event().is_none_or(|event| event.payload::<Job>().is_none()) })
        );
    });
}

#[test]
fn an_error_that_ends_the_run_carries_its_event() {
    run(async {
        let counts = Counts::default();
        let made = counts.clone();
        let error = Nexus::empty()
            .policy(Policy::Fail)
            .on("fails", |job: &Job, queue: &mut Queue<Child>| -> Result {
                job.0.see("fails");
                queue.emit(Child(job.0.counts().make()));
                if job.0.number > 10 { Err(job.0.clone().into()) } else { Ok(()) }
            })
            .on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"))
            .converter_ahead("jobs", 4, futures_util::stream::repeat_with(move || Job(made.make())))
            .build()
            .unwrap()
            .run()
            .await
            .unwrap_err();
        let RunError::Failed { failure, ledger } = error else { panic!("{error}") };
        assert!(failure.error::<Counted>().unwrap().is_intact());
        drop(failure);
        counts.agree_with(&ledger);
    });
}

#[test]
fn the_error_that_a_call_gets_carries_its_event_and_one_that_nobody_gets_does_not_leak() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let hold = gate.clone();
        let nexus = Nexus::empty()
            .policy(Policy::Fail)
            .on_error(|failure, _| assert!(failure.error::<Counted>().unwrap().is_intact()))
            .on_async("fails", move |job: &Job, _: &mut Queue<()>| {
                let gate = hold.clone();
                async move {
                    job.0.see("fails");
                    gate.acquire().await?.forget();
                    Err(job.0.clone().into())
                }
                .boxed()
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        let mut cancelled = Box::pin(nexus.ingest(Job(counts.make())));
        assert!(futures_util::poll!(&mut cancelled).is_pending());
        until(|| counts.seen("fails").len() == 1).await;
        drop(cancelled);
        gate.add_permits(2);
        let Err(IngestError::Failed(failure)) = nexus.ingest(Job(counts.make())).await else {
            panic!("it fails")
        };
        let ledger = nexus.join().await.unwrap();
        assert_eq!(counts.alive(), 2);
        assert!(failure.event().unwrap().payload::<Job>().unwrap().0.is_intact());
        drop(failure);
        counts.agree_with(&ledger);
    });
}

/// Its destructor panics, where it may.
struct Bomb {
    counted: Counted,
}

impl NamedEvent for Bomb {
    const NAME: &'static str = "Bomb";
}

impl Clone for Bomb {
    fn clone(&self) -> Self {
        Self { counted: self.counted.clone() }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.counted.is_intact();
        // A second panic while the first one unwinds would end the process, whatever the engine does.
        assert!(std::thread::panicking(), "{}", ON_PURPOSE);
    }
}

#[handler(Bomb)]
async fn defuse(bomb: Bomb) {
    bomb.counted.see("defuse");
    tokio::task::yield_now().await;
    drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(bomb))));
}

#[handler(Bomb)]
async fn light(bomb: Bomb) {
    bomb.counted.see("light");
    tokio::task::yield_now().await;
    assert!(bomb.counted.is_intact());
}

#[test]
fn a_payload_whose_destructor_panics_harms_no_other_wherever_it_is_dropped() {
    hush();
    let borrowing = |builder: nexus::Builder| {
        builder.on("bomb", |bomb: &Bomb, _: &mut Queue<()>| bomb.counted.see("bomb"))
    };
    let failing = |builder: nexus::Builder| {
        builder.on("bomb", |bomb: &Bomb, _: &mut Queue<()>| -> Result<(), BoxError> {
            bomb.counted.see("bomb");
            Err(bomb.counted.clone().into())
        })
    };
    let consuming =
        |builder: nexus::Builder| builder.filter("bomb", |event: &Event| Verdict::from(event.is::<Bomb>()));
    // What becomes of the bombs: handled, failed, anything else.
    type Add<'a> = &'a dyn Fn(nexus::Builder) -> nexus::Builder;
    let cases: [(&str, Add<'_>, [u64; 3]); 6] = [
        ("borrowed", &borrowing, [100, 0, 0]),
        ("by value, and dropped well", &|builder| builder.with::<defuse>(), [100, 0, 0]),
        ("by value, and dropped badly", &|builder| builder.with::<light>(), [0, 100, 0]),
        ("failed", &failing, [0, 100, 0]),
        ("consumed", &consuming, [0, 0, 100]),
        ("unhandled", &|builder| builder, [0, 0, 100]),
    ];
    for (case, add, expected) in cases {
        let counts = Counts::default();
        let builder = add(Nexus::empty().on_error(|_, _| ()).on("see", seeing("see")));
        let counts_there = counts.clone();
        let ledger = run(async move {
            let counts = counts_there;
            let nexus = builder.capacity(9).build().unwrap().start().unwrap();
            for _ in 0..100 {
                nexus.emit(Job(counts.make())).await.unwrap();
                nexus.emit(Bomb { counted: counts.make() }).await.unwrap_or_else(|_| panic!("it is let in"));
            }
            nexus.join().await.unwrap()
        });
        counts.agree_with(&ledger);
        let bomb = ledger.of::<Bomb>();
        let others = bomb.consumed + bomb.unhandled;
        assert_eq!([bomb.handled, bomb.failed, others], expected, "{case}:\n{ledger}");
        assert_eq!(ledger.of::<Job>().handled, 100, "{case}:\n{ledger}");
    }
}

/// Bombs and jobs by turns: `first` in hand, the others wait, some at the door. Then the nexus ends.
fn ends_full_of_bombs(
    first: fn(Counted) -> Event,
    end: fn(&nexus::Handle, tokio::runtime::Runtime) -> Option<tokio::runtime::Runtime>,
) {
    hush();
    bounded(move || {
        let counts = Counts::default();
        let runtime = one_thread();
        let (nexus, calls) = runtime.block_on(async {
            let nexus = Nexus::empty()
                .capacity(20)
                .on("see", seeing("see"))
                .on_async("bomb", |bomb: &Bomb, _: &mut Queue<()>| in_hand(&bomb.counted))
                .on_async("child", |child: &Child, _: &mut Queue<()>| in_hand(&child.0))
                .build()
                .unwrap()
                .start()
                .unwrap();
            let bomb = || Bomb { counted: counts.make() };
            nexus.emit(first(counts.make())).await.unwrap();
            until(|| counts.seen("in hand").len() == 1).await;
            for _ in 0..10 {
                nexus.emit(bomb()).await.unwrap_or_else(|_| panic!("it is let in"));
                nexus.emit(Job(counts.make())).await.unwrap();
            }
            let calls: Vec<_> = (0..6)
                .map(|nth| {
                    let (handle, bomb) = (nexus.handle(), bomb());
                    tokio::spawn(async move {
                        if nth % 2 == 0 {
                            // The event comes back, and explodes in the caller's hand.
                            drop(handle.emit(bomb).await);
                        } else {
                            drop(handle.ingest(bomb).await);
                        }
                    })
                })
                .collect();
            until(|| nexus.ledger().domains[0].at_the_door == 6).await;
            (nexus, calls)
        });
        let runtime = end(&nexus, runtime);
        let join = async {
            for call in calls {
                call.await.ok();
            }
            nexus.join().await.unwrap()
        };
        let ledger = runtime.unwrap_or_else(one_thread).block_on(join);
        counts.agree_with(&ledger);
        assert_eq!((ledger.total().dropped, ledger.of::<Job>().dropped), (21, 10), "{ledger}");
    });
}

fn in_hand(counted: &Counted) -> Handled<'_> {
    counted.see("in hand");
    let local = counted.clone();
    async move {
        std::future::pending::<()>().await;
        drop(local);
        Ok(())
    }
    .boxed()
}

#[test]
fn an_abort_of_a_nexus_full_of_payloads_whose_destructors_panic_drops_them_all() {
    let first = |counted| Event::of(Child(counted));
    ends_full_of_bombs(first, |nexus, runtime| {
        nexus.abort().unwrap();
        Some(runtime)
    });
}

#[test]
fn a_runtime_that_is_dropped_with_payloads_whose_destructors_panic_drops_them_all() {
    for first in [|counted| Event::of(Child(counted)), |counted| Event::of(Bomb { counted })]
        as [fn(Counted) -> Event; 2]
    {
        ends_full_of_bombs(first, |_, runtime| {
            drop(runtime);
            None
        });
    }
}

/// Its destructor looks at the nexus, and puts an event into it.
struct Curious {
    counted: Counted,
    nexus: nexus::WeakHandle,
}

impl NamedEvent for Curious {
    const NAME: &'static str = "Curious";
}

impl Clone for Curious {
    fn clone(&self) -> Self {
        Self { counted: self.counted.clone(), nexus: self.nexus.clone() }
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        let Some(handle) = self.nexus.upgrade() else { return };
        if !handle.ledger().is_balanced() {
            self.counted.counts().wrong("a snapshot that does not balance");
        }
        let child = Child(self.counted.counts().make());
        let number = child.0.number;
        match handle.try_emit(child) {
            Err(EmitError::Full(Child(back)) | EmitError::Stopped(Child(back))) if back.number != number => {
                self.counted.counts().wrong("another event comes back");
            }
            _ => {}
        }
        let ingest = handle.ingest(Child(self.counted.counts().make())).now_or_never();
        drop(ingest);
    }
}

#[handler(Curious)]
async fn take_curious(curious: Curious) {
    curious.counted.see("take");
    tokio::task::yield_now().await;
    drop(curious.clone());
}

#[test]
fn a_payload_whose_destructor_uses_the_nexus_blocks_nobody() {
    for by_value in [false, true] {
        for on in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
            bounded(move || {
                on().block_on(async {
                    let counts = Counts::default();
                    let builder = Nexus::empty().capacity(4).on_error(|_, _| ());
                    let weak = builder.weak_handle();
                    let builder =
                        builder.on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"));
                    let builder = if by_value {
                        builder.with::<take_curious>()
                    } else {
                        builder.on("see", |curious: &Curious, _: &mut Queue<()>| -> Result {
                            curious.counted.see("see");
                            if curious.counted.number.is_multiple_of(3) {
                                Err("a third fails".into())
                            } else {
                                Ok(())
                            }
                        })
                    };
                    let nexus = builder.build().unwrap().start().unwrap();
                    let curious = || Curious { counted: counts.make(), nexus: weak.clone() };
                    let refused = |_| panic!("it is let in");
                    for _ in 0..100 {
                        nexus.emit(curious()).await.unwrap_or_else(refused);
                        nexus.ingest(curious()).await.unwrap();
                        drop(nexus.emit(curious()).now_or_never());
                    }
                    let ledger = nexus.join().await.unwrap();
                    counts.agree_with(&ledger);
                    assert!(ledger.of::<Curious>().accepted >= 200, "{ledger}");
                });
            });
        }
    }
}

#[test]
fn a_payload_whose_destructor_uses_the_nexus_blocks_no_end() {
    for end in [nexus::Handle::stop, nexus::Handle::abort] {
        for on in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
            bounded(move || {
                let (counts, runtime) = (Counts::default(), on());
                let ledger = runtime.block_on(async {
                    let builder = Nexus::empty().capacity(8);
                    let weak = builder.weak_handle();
                    let (gate, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
                    let (hold, reached) = (gate.clone(), open.clone());
                    let nexus = builder
                        .on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"))
                        .on_async("hold", move |curious: &Curious, _: &mut Queue<()>| {
                            let (gate, reached, local) = (hold.clone(), reached.clone(), curious.clone());
                            async move {
                                local.counted.see("hold");
                                reached.add_permits(1);
                                gate.acquire().await?.forget();
                                Ok(())
                            }
                            .boxed()
                        })
                        .build()
                        .unwrap()
                        .start()
                        .unwrap();
                    let curious = || Curious { counted: counts.make(), nexus: weak.clone() };
                    nexus.emit(curious()).await.unwrap_or_else(|_| panic!("it is let in"));
                    open.acquire().await.unwrap().forget();
                    (0..8)
                        .for_each(|_| nexus.try_emit(curious()).unwrap_or_else(|_| panic!("there is room")));
                    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(nexus.emit(curious()))).collect();
                    for call in &mut calls {
                        assert!(futures_util::poll!(call).is_pending());
                    }
                    end(&nexus).unwrap();
                    gate.add_permits(1);
                    for call in calls {
                        assert!(call.await.is_err());
                    }
                    nexus.join().await.unwrap()
                });
                counts.agree_with(&ledger);
                assert_eq!(ledger.of::<Curious>().accepted, 9, "{ledger}");
            });
        }
    }
}

#[test]
fn a_runtime_that_is_dropped_with_payloads_whose_destructors_use_the_nexus_ends() {
    bounded(|| {
        let (counts, runtime) = (Counts::default(), one_thread());
        let nexus = {
            let _inside = runtime.enter();
            let builder =
                Nexus::empty().on("see", |curious: &Curious, _: &mut Queue<()>| curious.counted.see("see"));
            let weak = builder.weak_handle();
            let nexus = builder.build().unwrap().start().unwrap();
            for _ in 0..100 {
                nexus
                    .try_emit(Curious { counted: counts.make(), nexus: weak.clone() })
                    .unwrap_or_else(|_| panic!("there is room"));
            }
            nexus
        };
        drop(runtime);
        let ledger = one_thread().block_on(nexus.join()).unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Curious>().dropped, 100, "{ledger}");
    });
}
