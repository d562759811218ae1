//! An `ingest` that is given up wherever it can be, or goes on elsewhere: its event is handled once all the same, or never enters.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{join_all, select_all};
use nexus::prelude::*;
use nexus::{Builder, IngestError, Policy, WeakHandle};
use tokio::sync::Semaphore;

use super::counted::{Child, Counts, Job, bounded, one_thread, polled, run, threads, until};

/// Jobs of which children arise, before and after an await each; its handlers hold payloads over their awaits.
fn branching(capacity: usize) -> Builder {
    Nexus::empty()
        .capacity(capacity)
        .on_error(|_, _| ())
        .on_async("job", |job: &Job, queue: &mut Queue<Child>| {
            async move {
                let local = job.0.clone();
                job.0.see("job");
                queue.emit(Child(job.0.counts().make()));
                tokio::task::yield_now().await;
                queue.emit(Child(job.0.counts().make()));
                tokio::task::yield_now().await;
                assert!(local.is_intact() && job.0.is_intact());
                if job.0.number % 4 == 3 { Err(local.into()) } else { Ok(()) }
            }
            .boxed()
        })
        .on_async("child", |child: &Child, _: &mut Queue<()>| {
            async move {
                child.0.see("child");
                let _local = child.0.clone();
                tokio::task::yield_now().await;
                Ok(())
            }
            .boxed()
        })
}

/// Whatever became of the calls, what entered was handled, with all that arose from it.
async fn is_whole(nexus: nexus::Running, counts: &Counts) {
    nexus.ingest(Job(counts.make())).await.ok();
    let ledger = nexus.join().await.unwrap();
    counts.agree_with(&ledger);
    let (job, child) = (ledger.of::<Job>(), ledger.of::<Child>());
    assert_eq!(job.accepted, job.handled + job.failed, "{ledger}");
    assert_eq!((child.accepted, child.handled), (2 * job.accepted, 2 * job.accepted), "{ledger}");
}

#[test]
fn a_call_that_is_dropped_after_any_number_of_polls_has_its_event_handled_or_never_lets_it_in() {
    run(async {
        for policy in [Policy::Report, Policy::Fail] {
            for busy in [false, true] {
                for times in 0..30 {
                    let counts = Counts::default();
                    let nexus = branching(2).policy(policy).build().unwrap().start().unwrap();
                    if busy {
                        // In hand, waiting, at the door: the call comes after them.
                        for _ in 0..4 {
                            let (handle, job) = (nexus.handle(), Job(counts.make()));
                            tokio::spawn(async move { handle.emit(job).await.unwrap() });
                        }
                        for _ in 0..times % 3 {
                            tokio::task::yield_now().await;
                        }
                    }
                    drop(polled(times, nexus.ingest(Job(counts.make()))).await);
                    // Once more, right after the first was given up.
                    drop(polled(times / 2, nexus.ingest(Job(counts.make()))).await);
                    is_whole(nexus, &counts).await;
                }
            }
        }
    });
}

#[test]
fn a_call_that_is_dropped_leaves_the_pending_handler_to_those_who_still_wait() {
    run(async {
        let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(0)));
        let hold = gate.clone();
        let nexus = Nexus::empty()
            .on_async("hold", move |job: &Job, _: &mut Queue<()>| {
                let gate = hold.clone();
                async move {
                    let local = job.0.clone();
                    job.0.see("hold");
                    gate.acquire().await?.forget();
                    assert!(local.is_intact());
                    Ok(())
                }
                .boxed()
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        for round in 0..20 {
            // The first one's event is in hand; its caller goes while the handler waits.
            let mut first = Box::pin(nexus.ingest(Job(counts.make())));
            let mut second = Box::pin(nexus.ingest(Job(counts.make())));
            assert!(futures_util::poll!(&mut first).is_pending());
            assert!(futures_util::poll!(&mut second).is_pending());
            if round % 2 == 0 {
                until(|| counts.seen("hold").len() == 2 * round + 1).await;
            }
            drop(first);
            gate.add_permits(2);
            second.await.unwrap();
            assert_eq!(counts.seen("hold").len(), 2 * round + 2);
            assert_eq!(counts.alive(), 0);
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().handled, 40, "{ledger}");
    });
}

#[test]
fn a_call_that_is_cut_by_the_end_while_its_handler_waits_is_answered_and_nothing_is_left() {
    for end in [nexus::Handle::stop, nexus::Handle::abort, nexus::Handle::drain] {
        for times in 1..8 {
            run(async move {
                let counts = Counts::default();
                let nexus = branching(1).build().unwrap().start().unwrap();
                nexus.started().await;
                let mut calls: Vec<_> = (0..4).map(|_| Box::pin(nexus.ingest(Job(counts.make())))).collect();
                for _ in 0..times {
                    for call in &mut calls {
                        if let std::task::Poll::Ready(result) = futures_util::poll!(&mut *call) {
                            result.unwrap();
                            *call = Box::pin(nexus.ingest(Job(counts.make())));
                        }
                    }
                    tokio::task::yield_now().await;
                }
                end(&nexus).unwrap();
                for answer in join_all(calls).await {
                    assert!(
                        matches!(answer, Ok(()) | Err(IngestError::Cut | IngestError::Stopped)),
                        "{answer:?}"
                    );
                }
                let ledger = nexus.join().await.unwrap();
                counts.agree_with(&ledger);
            });
        }
    }
}

#[test]
fn calls_in_join_all_and_in_races_are_each_answered_for_their_own() {
    run(async {
        let counts = Counts::default();
        let nexus = branching(3).build().unwrap().start().unwrap();
        for round in 0..30 {
            let all = join_all((0..7).map(|_| nexus.ingest(Job(counts.make()))));
            let race = async {
                let calls: Vec<_> = (0..5).map(|_| Box::pin(nexus.ingest(Job(counts.make())))).collect();
                let (first, _, rest) = select_all(calls).await;
                first.unwrap();
                // The losers are given up one after another, while the first of them goes on.
                let mut rest = rest.into_iter();
                let kept = rest.next().unwrap();
                drop(rest);
                kept.await.unwrap();
            };
            let given_up = async {
                tokio::select! {
                    biased;
                    () = polled(round, std::future::pending::<()>()).map(drop) => {}
                    answer = nexus.ingest(Job(counts.make())) => answer.unwrap(),
                }
            };
            let (all, (), ()) = futures_util::join!(all, race, given_up);
            assert!(all.iter().all(Result::is_ok));
        }
        is_whole(nexus, &counts).await;
    });
}

type Call = Pin<Box<dyn Future<Output = Result<(), IngestError>> + Send>>;

fn call(nexus: &nexus::Running, counts: &Counts) -> Call {
    let (handle, job) = (nexus.handle(), Job(counts.make()));
    Box::pin(async move { handle.ingest(job).await })
}

#[test]
fn a_call_that_begins_on_one_runtime_goes_on_or_is_dropped_on_another() {
    for home in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
        bounded(move || {
            let (home, counts) = (home(), Counts::default());
            let nexus = home.block_on(async { branching(2).build().unwrap().start().unwrap() });
            for times in 0..12 {
                let mut calls: Vec<Call> = (0..4).map(|_| call(&nexus, &counts)).collect();
                home.block_on(async {
                    for call in &mut calls {
                        drop(polled(times, call).await);
                    }
                });
                // A call that is done must not be polled again: those that are not move.
                let mut moved: Vec<Call> = Vec::new();
                home.block_on(async {
                    for _ in 0..4 {
                        let mut call = call(&nexus, &counts);
                        if futures_util::poll!(&mut call).is_pending() {
                            moved.push(call);
                        }
                    }
                });
                let awaited = moved.split_off(moved.len() / 2);
                let elsewhere = std::thread::spawn(move || {
                    drop(calls);
                    one_thread().block_on(async {
                        for call in moved {
                            drop(polled(1, call).await);
                        }
                        join_all(awaited).await
                    })
                });
                // A runtime of one thread has to be driven meanwhile.
                let ended = home.block_on(async {
                    until(|| elsewhere.is_finished()).await;
                    elsewhere.join().unwrap()
                });
                assert!(ended.iter().all(Result::is_ok));
            }
            home.block_on(is_whole(nexus, &counts));
        });
    }
}

#[test]
fn calls_of_many_threads_at_once_are_each_answered() {
    bounded(|| {
        let (home, counts) = (threads(2), Counts::default());
        let nexus = home.block_on(async { branching(2).build().unwrap().start().unwrap() });
        let callers: Vec<_> = (0..6)
            .map(|caller| {
                let (handle, counts) = (nexus.handle(), counts.clone());
                std::thread::spawn(move || {
                    one_thread().block_on(async {
                        for nth in 0..100 {
                            if (nth + caller) % 3 == 0 {
                                drop(polled(nth % 7, handle.ingest(Job(counts.make()))).await);
                            } else {
                                handle.ingest(Job(counts.make())).await.unwrap();
                            }
                        }
                    });
                })
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        home.block_on(is_whole(nexus, &counts));
    });
}

#[test]
fn a_runtime_that_goes_while_calls_wait_takes_only_their_waiting_with_it() {
    bounded(|| {
        let (home, counts) = (threads(1), Counts::default());
        let nexus = home.block_on(async { branching(2).build().unwrap().start().unwrap() });
        for round in 0..10 {
            let gone = if round % 2 == 0 { one_thread() } else { threads(1) };
            for _ in 0..6 {
                gone.spawn(call(&nexus, &counts));
            }
            gone.block_on(async {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
            });
            drop(gone);
        }
        home.block_on(is_whole(nexus, &counts));
    });
}

/// Hands its job on to another nexus, while it has hops left, and waits for it there: so many polls long, or to its end.
fn handing_on(builder: Builder, other: WeakHandle, patience: Option<usize>) -> Builder {
    builder
        .capacity(None)
        .on_async("hand on", move |job: &Job, queue: &mut Queue<Child>| {
            let other = other.clone();
            async move {
                let local = job.0.clone();
                job.0.see("hand on");
                let Some(next) = other.upgrade().filter(|_| job.0.number % 5 != 4) else { return Ok(()) };
                // The next one has the next number, so the chain ends.
                let call = next.ingest(Job(job.0.counts().make()));
                match patience {
                    Some(times) => drop(polled(times, call).await),
                    None => call.await?,
                }
                queue.emit(Child(local.clone()));
                assert!(local.is_intact() && job.0.is_intact());
                Ok(())
            }
            .boxed()
        })
        .on("child", |child: &Child, _: &mut Queue<()>| assert!(child.0.is_intact()))
}

#[test]
fn two_nexuses_whose_handlers_ingest_into_each_other_and_do_not_wait_for_ever_lose_nothing() {
    for on in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
        for patience in 0..6 {
            bounded(move || {
                on().block_on(async {
                    let counts = Counts::default();
                    let (one, two) = (Nexus::empty(), Nexus::empty());
                    let (weak_one, weak_two) = (one.weak_handle(), two.weak_handle());
                    let one = handing_on(one, weak_two, Some(patience)).build().unwrap().start().unwrap();
                    let two = handing_on(two, weak_one, Some(patience)).build().unwrap().start().unwrap();
                    for _ in 0..20 {
                        let both = (one.ingest(Job(counts.make())), two.ingest(Job(counts.make())));
                        let (first, second) = futures_util::join!(both.0, both.1);
                        first.unwrap();
                        second.unwrap();
                    }
                    // Nothing is under way when each has been idle after the other.
                    until(|| {
                        [&one, &two].iter().all(|nexus| nexus.ledger().total().pending == 0)
                            && counts.alive() == 0
                    })
                    .await;
                    one.stop().unwrap();
                    two.stop().unwrap();
                    let ledgers = [one.join().await.unwrap(), two.join().await.unwrap()];
                    counts.are_even();
                    let handled: u64 = ledgers.iter().map(|ledger| ledger.of::<Job>().handled).sum();
                    assert_eq!(handled, counts.seen("hand on").len() as u64);
                    for ledger in ledgers {
                        assert!(ledger.is_balanced(), "{ledger}");
                        assert_eq!(ledger.total().accepted, ledger.total().handled, "{ledger}");
                    }
                });
            });
        }
    }
}

#[test]
fn a_chain_of_nexuses_each_of_which_waits_for_the_next_is_done_when_the_first_call_is() {
    run(async {
        let counts = Counts::default();
        let mut chain: Vec<nexus::Running> = Vec::new();
        for _ in 0..5 {
            let next = chain.last().map_or_else(|| Nexus::empty().weak_handle(), |next| next.downgrade());
            chain.push(handing_on(Nexus::empty(), next, None).build().unwrap().start().unwrap());
        }
        for _ in 0..50 {
            let before = counts.seen("hand on").len();
            chain[4].ingest(Job(counts.make())).await.unwrap();
            assert!(counts.seen("hand on").len() > before);
            assert_eq!(counts.alive(), 0, "the tree of each was waited for");
        }
        for nexus in chain.into_iter().rev() {
            let ledger = nexus.join().await.unwrap();
            assert!(ledger.is_balanced(), "{ledger}");
            assert_eq!(ledger.total().failed + ledger.total().dropped, 0, "{ledger}");
        }
        counts.are_even();
    });
}

#[test]
fn a_call_out_of_a_handler_of_the_same_nexus_queues_at_once_also_one_that_began_outside() {
    run(async {
        let counts = Counts::default();
        let builder = Nexus::empty().capacity(1);
        let weak = builder.weak_handle();
        let begun: Arc<std::sync::Mutex<Vec<Call>>> = Arc::default();
        let inside = begun.clone();
        let nexus = builder
            .on_async("parent", move |child: &Child, _: &mut Queue<()>| {
                let (handle, begun) = (weak.upgrade().unwrap(), std::mem::take(&mut *inside.lock().unwrap()));
                async move {
                    child.0.see("parent");
                    handle.ingest(Job(child.0.counts().make())).await?;
                    for call in begun {
                        call.await?;
                    }
                    tokio::task::yield_now().await;
                    handle.ingest(Job(child.0.counts().make())).await?;
                    handle.emit(Job(child.0.counts().make())).await.map_err(|_| "refused")?;
                    Ok(())
                }
                .boxed()
            })
            .on("job", |job: &Job, _: &mut Queue<()>| job.0.see("job"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for round in 0..20 {
            // Put in, at the door, and not even begun.
            let mut calls: Vec<Call> = (0..4).map(|_| call(&nexus, &counts)).collect();
            // An idle nexus would handle the first one at once.
            nexus.try_emit(Job(counts.make())).unwrap();
            for call in calls.iter_mut().take(3) {
                assert!(futures_util::poll!(call).is_pending());
            }
            *begun.lock().unwrap() = calls;
            nexus.ingest(Child(counts.make())).await.unwrap();
            until(|| counts.alive() == 0).await;
            assert_eq!(counts.seen("job").len(), 8 * (round + 1));
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
    });
}
