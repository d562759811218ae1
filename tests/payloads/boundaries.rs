//! From domain to domain: a payload is shared by both sides, and dropped when the last of them has done with it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, stream};
use nexus::dynamic::{Boundary, DynamicNexus, Handler, Key};
use nexus::prelude::*;
use nexus::{Builder, Limits, Main};
use tokio::sync::Semaphore;

use super::counted::{
    Child, Counted, Counts, Job, bounded, is_settled, many, one_thread, paused, run, seeing, threads, until,
};
use super::shapes::{Aligned128, Shape as _};

#[derive(Domain)]
struct Audit;

#[derive(Domain)]
struct Vault;

/// The accounts balance, those of boundaries too, and handlers have seen each once.
#[track_caller]
fn agree(counts: &Counts, ledger: &nexus::Ledger, boundary_deliveries: u64) {
    counts.are_even();
    is_settled(ledger);
    assert!(ledger.boundaries.iter().all(|boundary| boundary.waiting == 0), "{ledger}");
    let seen: usize =
        ["here", "before", "after", "there", "again", "reply", "vault", "take here", "take there"]
            .map(|handler| counts.seen(handler).len())
            .iter()
            .sum();
    assert_eq!(ledger.total().deliveries, seen as u64 + boundary_deliveries, "{ledger}");
}

#[test]
fn an_event_that_goes_to_another_domain_alone_is_handled_there_and_dropped_once() {
    for ahead in [1, 256] {
        for capacity in [1, 50] {
            run(async move {
                let (counts, all) = (Counts::default(), many(1000));
                let made = counts.clone();
                let ledger = Nexus::empty()
                    .capacity(8)
                    .boundary::<Main, Audit, Job, ()>(
                        "to audit",
                        Limits::default().capacity(capacity).ahead(ahead),
                    )
                    .producer("jobs", move |out: Emitter<Job>| async move {
                        for _ in 0..all {
                            out.emit(Job(made.make())).await.unwrap();
                        }
                    })
                    .domain::<Audit>()
                    .on("there", seeing("there"))
                    .build()
                    .unwrap()
                    .run()
                    .await
                    .unwrap();
                agree(&counts, &ledger, all as u64);
                assert_eq!(ledger.boundaries[0].delivered, all as u64, "{ledger}");
                assert_eq!(counts.made(), all, "it is shared, not cloned");
                assert!(counts.seen("there").into_iter().eq(0..all), "in order");
            });
        }
    }
}

#[handler(Job, domain = Audit)]
async fn there(job: &Job) {
    job.0.see("there");
    if job.0.number.is_multiple_of(7) {
        tokio::task::yield_now().await;
    }
    assert!(job.0.is_intact());
}

#[converter(ahead = 256)]
fn jobs(counts: &Counts) -> impl Stream<Item = Job> {
    let (counts, all) = (counts.clone(), many(1000));
    stream::iter((0..all).map(move |_| Job(counts.make())))
}

/// Nobody asks for the time of an event here, so that runs of them move at once.
#[test]
fn payloads_that_move_through_a_boundary_in_pieces_are_dropped_once_also_when_a_stop_comes_between() {
    for (ahead, holds, stop_after) in
        [(1, 1024, None), (5, 8, None), (256, 1024, None), (256, 1024, Some(1)), (256, 64, Some(300))]
    {
        run(async move {
            let counts = Counts::default();
            let nexus = Nexus::empty()
                .capacity(holds)
                .state(counts.clone())
                .with::<jobs>()
                .boundary::<Main, Audit, Job, ()>("to audit", Limits::default().ahead(ahead))
                .with::<there>()
                .build()
                .unwrap()
                .start()
                .unwrap();
            if let Some(after) = stop_after {
                until(|| counts.seen("there").len() >= many(after)).await;
                nexus.stop().unwrap();
            }
            let ledger = nexus.join().await.unwrap();
            counts.are_even();
            is_settled(&ledger);
            assert_eq!(ledger.boundaries[0].waiting, 0, "{ledger}");
            let seen = counts.seen("there");
            assert!(seen.iter().copied().eq(0..seen.len()), "in order");
            if stop_after.is_none() {
                assert_eq!((seen.len(), counts.made()), (many(1000), many(1000)), "moved, not cloned");
            }
        });
    }
}

#[handler(Job, order = -1)]
async fn before(job: &Job) {
    job.0.see("before");
    tokio::task::yield_now().await;
    assert!(job.0.is_intact());
}

#[handler(Job, order = 1)]
async fn after(job: &Job) {
    tokio::task::yield_now().await;
    job.0.see("after");
}

#[handler(Job, order = 2)]
async fn take_here(job: Job) {
    job.0.see("take here");
    tokio::task::yield_now().await;
    assert!(job.0.is_intact());
}

#[handler(Job, domain = Audit)]
async fn take_there(job: Job, queue: &mut Queue<Child>) {
    job.0.see("take there");
    tokio::task::yield_now().await;
    queue.emit(Child(job.0));
}

#[test]
fn handlers_before_and_after_a_boundary_and_on_its_other_side_all_have_the_event() {
    for on in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
        bounded(move || {
            on().block_on(async {
                let (counts, all) = (Counts::default(), many(300));
                let nexus = Nexus::empty()
                    .capacity(5)
                    .with::<before>()
                    .with::<after>()
                    .with::<take_here>()
                    .boundary::<Main, Audit, Job, Child>("to audit", Limits::default().capacity(2).ahead(2))
                    .on("reply", |child: &Child, _: &mut Queue<()>| child.0.see("reply"))
                    .domain::<Audit>()
                    .on("there", seeing("there"))
                    .with::<take_there>()
                    .build()
                    .unwrap()
                    .start()
                    .unwrap();
                for nth in 0..all {
                    if nth % 2 == 0 {
                        nexus.emit(Job(counts.make())).await.unwrap();
                    } else {
                        nexus.ingest(Job(counts.make())).await.unwrap();
                    }
                }
                let ledger = nexus.join().await.unwrap();
                agree(&counts, &ledger, all as u64);
                for handler in ["before", "after", "take here", "there", "take there", "reply"] {
                    assert_eq!(counts.seen(handler).len(), all, "{handler}");
                }
                assert_eq!(ledger.boundaries[0].replies, all as u64, "{ledger}");
                assert!(counts.made() <= 3 * all, "cloned where somebody else has it, and nowhere else");
            });
        });
    }
}

#[test]
fn aligned_payloads_stand_well_on_both_sides() {
    run(async {
        let counts = Counts::default();
        let look = |name: &'static str| move |event: &Aligned128, _: &mut Queue<()>| event.see(name);
        let nexus = Nexus::empty()
            .boundary::<Main, Audit, Aligned128, ()>("to audit", Limits::default())
            .on("here", look("here"))
            .domain::<Audit>()
            .on("there", look("there"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..many(300) {
            nexus.emit(Aligned128::<1>::of(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        agree(&counts, &ledger, many(300) as u64);
    });
}

/// Main, Audit, Vault, and all the way back.
#[test]
fn replies_come_back_through_a_chain_and_each_is_dropped_once() {
    run(async {
        let (counts, all) = (Counts::default(), many(200));
        let nexus = Nexus::empty()
            .capacity(3)
            .boundary::<Main, Audit, Job, Child>("to audit", Limits::default().capacity(1))
            .on("reply", |child: &Child, _: &mut Queue<()>| child.0.see("reply"))
            .domain::<Audit>()
            .boundary::<Audit, Vault, Job, Child>("to vault", Limits::default().capacity(1).ahead(3))
            .domain::<Vault>()
            .on("vault", |job: &Job, queue: &mut Queue<Child>| {
                job.0.see("vault");
                queue.emit(Child(job.0.clone()));
            })
            .build();
        // Where a chain goes back step by step, each domain on the way hears it.
        let nexus = match nexus {
            Ok(nexus) => nexus,
            Err(problems) => panic!("{problems}"),
        };
        let nexus = nexus.start().unwrap();
        for _ in 0..all {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        agree(&counts, &ledger, 2 * all as u64);
        assert_eq!((counts.seen("vault").len(), counts.seen("reply").len()), (all, all));
    });
}

/// `Audit` needs a permit for each job.
fn slow(counts: &Counts, gate: &Arc<Semaphore>, limits: Limits) -> Builder {
    let (gate, owned) = (gate.clone(), counts.make());
    Nexus::empty()
        .capacity(4)
        .boundary::<Main, Audit, Job, ()>("to audit", limits)
        .on("here", seeing("here"))
        .domain::<Audit>()
        .on_async("there", move |job: &Job, _: &mut Queue<()>| {
            owned.is_intact();
            let (gate, local) = (gate.clone(), job.0.clone());
            async move {
                job.0.see("there");
                gate.acquire().await?.forget();
                assert!(local.is_intact() && job.0.is_intact());
                Ok(())
            }
            .boxed()
        })
}

#[test]
fn what_waits_in_a_boundary_that_is_too_full_is_dropped_once_however_its_nexus_ends() {
    let limits = Limits::default().capacity(2).ahead(1);
    for end in [nexus::Handle::stop, nexus::Handle::abort, nexus::Handle::drain] {
        bounded(move || {
            paused().block_on(async {
                let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
                let nexus =
                    slow(&counts, &gate, limits).drain_deadline(Duration::from_secs(1)).build().unwrap();
                let nexus = nexus.start().unwrap();
                let calls: Vec<_> = (0..6)
                    .map(|_| {
                        let (handle, job) = (nexus.handle(), Job(counts.make()));
                        tokio::spawn(async move { handle.ingest(job).await })
                    })
                    .collect();
                until(|| nexus.ledger().boundaries[0].taken == 6 && counts.seen("there").len() == 1).await;
                // Emits that wait for no tree are held up at the door.
                let emits: Vec<_> = (0..12)
                    .map(|_| {
                        let (handle, job) = (nexus.handle(), Job(counts.make()));
                        tokio::spawn(async move { handle.emit(job).await })
                    })
                    .collect();
                until(|| nexus.ledger().domains[0].at_the_door > 0).await;
                end(&nexus).unwrap();
                gate.add_permits(1);
                for call in calls {
                    drop(call.await.unwrap());
                }
                for emit in emits {
                    if let Err(refused) = emit.await.unwrap() {
                        assert!(refused.into_event().0.is_intact());
                    }
                }
                let ledger = nexus.join().await.unwrap();
                let taken = ledger.boundaries[0].taken;
                agree(&counts, &ledger, taken);
                assert!(ledger.boundaries[0].dropped > 0, "{ledger}");
            });
        });
    }
}

#[test]
fn a_full_boundary_hands_everything_over_when_it_can() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let nexus =
            slow(&counts, &gate, Limits::default().capacity(1).ahead(1)).build().unwrap().start().unwrap();
        let calls: Vec<_> = (0..40)
            .map(|nth| {
                let (handle, job) = (nexus.handle(), Job(counts.make()));
                tokio::spawn(async move {
                    if nth % 2 == 0 {
                        handle.ingest(job).await.unwrap()
                    } else {
                        handle.emit(job).await.unwrap()
                    }
                })
            })
            .collect();
        until(|| counts.seen("there").len() == 1).await;
        gate.add_permits(40);
        for call in calls {
            call.await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        agree(&counts, &ledger, 40);
        assert_eq!((ledger.boundaries[0].delivered, counts.seen("there").len()), (40, 40), "{ledger}");
    });
}

#[test]
fn a_call_into_a_full_boundary_that_is_given_up_leaves_its_event_to_be_handed_over() {
    run(async {
        for times in 1..15 {
            let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
            let nexus = slow(&counts, &gate, Limits::default().capacity(1).ahead(1))
                .build()
                .unwrap()
                .start()
                .unwrap();
            for _ in 0..5 {
                drop(super::counted::polled(times, nexus.ingest(Job(counts.make()))).await);
            }
            gate.add_permits(5);
            let ledger = nexus.join().await.unwrap();
            let taken = ledger.boundaries[0].taken;
            agree(&counts, &ledger, taken);
            assert_eq!(ledger.boundaries[0].delivered, ledger.domains[0].total().handled, "{ledger}");
        }
    });
}

#[test]
fn a_runtime_that_is_dropped_with_a_full_boundary_drops_what_waits_in_it() {
    bounded(|| {
        let (counts, gate, runtime) = (Counts::default(), Arc::new(Semaphore::new(0)), one_thread());
        let nexus = runtime.block_on(async {
            let nexus = slow(&counts, &gate, Limits::default().capacity(1)).build().unwrap().start().unwrap();
            for _ in 0..3 {
                nexus.emit(Job(counts.make())).await.unwrap();
            }
            until(|| nexus.ledger().boundaries[0].taken == 3 && counts.seen("there").len() == 1).await;
            nexus
        });
        drop(runtime);
        let ledger = one_thread().block_on(nexus.join()).unwrap();
        counts.are_even();
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!(ledger.boundaries[0].taken, 3, "{ledger}");
    });
}

#[test]
fn an_event_that_fails_on_both_sides_is_in_both_failures_and_goes_with_the_last() {
    run(async {
        let (counts, kept) = (Counts::default(), Arc::new(std::sync::Mutex::new(Vec::new())));
        let into = kept.clone();
        let fails = |name: &'static str| {
            move |job: &Job, _: &mut Queue<()>| -> Result {
                job.0.see(name);
                Err(job.0.clone().into())
            }
        };
        let nexus = Nexus::empty()
            .on_error(move |failure, _| into.lock().unwrap().push(failure.clone()))
            .boundary::<Main, Audit, Job, ()>("to audit", Limits::default())
            .on("here", fails("here"))
            .domain::<Audit>()
            .on("there", fails("there"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..50 {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        let kept: Vec<nexus::Failure> = std::mem::take(&mut *kept.lock().unwrap());
        assert_eq!(kept.len(), 100);
        for failure in &kept {
            assert!(failure.event().unwrap().payload::<Job>().unwrap().0.is_intact());
            assert!(failure.error::<Counted>().unwrap().is_intact());
        }
        drop(kept);
        agree(&counts, &ledger, 50);
    });
}

#[test]
fn a_boundary_that_is_made_by_calls_carries_payloads_to_another_nexus_and_drops_them_when_it_is_closed() {
    run(async {
        let counts = Counts::default();
        let front = DynamicNexus::new(Nexus::empty().on("here", seeing("here"))).unwrap();
        let back = DynamicNexus::new(Nexus::empty().on("there", seeing("there"))).unwrap();
        let owned = counts.make();
        let again = Handler::sync("again", move |event: &Event, _: &mut Queue<Event>| {
            owned.is_intact();
            event.payload::<Job>().unwrap().0.see("again");
        });
        let boundary = Boundary::with("b", Limits::default().capacity(5).ahead(2));
        front.add_handler(Key::of::<Job>(), boundary.handler()).unwrap();
        back.add_handler(Key::of::<Job>(), &again).unwrap();
        back.add_source(boundary.source()).unwrap();
        front.start().unwrap();
        // These wait for a nexus that is not there yet.
        for _ in 0..5 {
            front.ingest(Job(counts.make())).await.unwrap();
        }
        back.start().unwrap();
        for _ in 0..50 {
            front.ingest(Job(counts.make())).await.unwrap();
        }
        until(|| counts.seen("again").len() == 55 && counts.alive() == 1).await;
        back.stop().unwrap();
        back.ended().await;
        for _ in 0..5 {
            front.emit(Job(counts.make())).await.unwrap();
        }
        boundary.close();
        front.emit(Job(counts.make())).await.unwrap();
        front.drain().unwrap();
        front.ended().await;
        for ledger in [front.ledger(), back.ledger()] {
            is_settled(&ledger);
        }
        let account = boundary.account();
        assert!(account.is_balanced(), "{account}");
        assert_eq!((counts.seen("here").len(), counts.seen("there").len()), (61, 55));
        drop((front, back, boundary, again));
        counts.are_even();
    });
}

#[test]
fn a_boundary_between_nexuses_drops_what_waits_in_it_when_nobody_will_come_for_it() {
    run(async {
        let counts = Counts::default();
        let (front, back) =
            (DynamicNexus::new(Nexus::empty()).unwrap(), DynamicNexus::new(Nexus::empty()).unwrap());
        let boundary = Boundary::new("b");
        front.add_handler(Key::of::<Job>(), boundary.handler()).unwrap();
        back.add_source(boundary.source()).unwrap();
        front.start().unwrap();
        for _ in 0..5 {
            front.ingest(Job(counts.make())).await.unwrap();
        }
        assert_eq!(counts.alive(), 5);
        front.stop().unwrap();
        front.ended().await;
        back.cleanup().await;
        let account = boundary.account();
        assert_eq!((account.taken, account.dropped, account.waiting), (5, 5, 0), "{account}");
        drop((front, back, boundary));
        counts.are_even();
    });
}

#[test]
fn boundaries_that_face_each_other_pass_payloads_to_and_fro_without_losing_one() {
    run(async {
        let (counts, hops) = (Counts::default(), many(5000));
        let made = counts.clone();
        let ledger = Nexus::empty()
            .capacity(2)
            .boundary::<Main, Audit, Job, ()>("there", Limits::default().capacity(1).ahead(1))
            .boundary::<Audit, Main, Child, ()>("back", Limits::default().capacity(1).ahead(1))
            .on("reply", move |child: &Child, queue: &mut Queue<Job>| {
                child.0.see("reply");
                if child.0.number < hops {
                    queue.emit(Job(child.0.counts().make()));
                }
            })
            .converter_ahead("jobs", 8, stream::iter((0..8).map(move |_| Job(made.make()))))
            .domain::<Audit>()
            .on("there", |job: &Job, queue: &mut Queue<Child>| {
                job.0.see("there");
                queue.emit(Child(job.0.clone()));
            })
            .build()
            .unwrap()
            .run()
            .await
            .unwrap();
        let taken: u64 = ledger.boundaries.iter().map(|boundary| boundary.taken).sum();
        agree(&counts, &ledger, taken);
        assert_eq!(ledger.boundaries[0].delivered, ledger.boundaries[1].delivered, "{ledger}");
        assert_eq!(ledger.total().dropped, 0, "{ledger}");
    });
}
