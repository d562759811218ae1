//! Very many events: none is lost, and what has been used once is used again.

use futures_util::FutureExt as _;
use nexus::prelude::*;

use super::counted::{Child, Counts, Job, bounded, many, one_thread, run, seeing, threads};
use super::shapes::Seed;

#[test]
fn secondary_events_by_the_thousand_before_and_after_an_await_are_all_handled_in_order() {
    run(async {
        let (counts, each) = (Counts::default(), many(10_000));
        let made = counts.clone();
        let nexus = Nexus::empty()
            .capacity(16)
            .on_async("burst", move |_: &Seed, queue: &mut Queue<Job>| {
                let counts = made.clone();
                async move {
                    for _ in 0..each {
                        queue.emit(Job(counts.make()));
                    }
                    tokio::task::yield_now().await;
                    for _ in 0..each {
                        queue.emit(Job(counts.make()));
                    }
                    for _ in 0..each {
                        queue.emit(Job(counts.make()));
                        tokio::task::yield_now().await;
                    }
                    Ok(())
                }
                .boxed()
            })
            .on("see", seeing("see"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..2 {
            nexus.ingest(Seed).await.unwrap();
            assert_eq!(counts.alive(), 0);
        }
        let ledger = nexus.join().await.unwrap();
        counts.are_even();
        assert_eq!(ledger.of::<Job>().handled, 6 * each as u64, "{ledger}");
        assert!(counts.seen("see").into_iter().eq(0..6 * each));
    });
}

#[test]
fn events_that_were_all_queued_at_once_are_drained_in_order() {
    run(async {
        let (counts, all) = (Counts::default(), many(200_000));
        let nexus = Nexus::empty().capacity(None).on("see", seeing("see")).build().unwrap().start().unwrap();
        nexus.started().await;
        for _ in 0..all {
            nexus.try_emit(Job(counts.make())).unwrap();
        }
        assert_eq!(nexus.ledger().of::<Job>().pending, all as u64);
        nexus.drain().unwrap();
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!((ledger.of::<Job>().handled, ledger.of::<Job>().dropped), (all as u64, 0), "{ledger}");
        assert!(counts.seen("see").into_iter().eq(0..all));
    });
}

#[test]
fn events_that_were_all_queued_at_once_are_dropped_by_a_stop_in_the_middle() {
    run(async {
        let (counts, all) = (Counts::default(), many(200_000));
        let builder = Nexus::empty().capacity(None);
        let weak = builder.weak_handle();
        let nexus = builder
            .on("see", move |job: &Job, queue: &mut Queue<Child>| {
                job.0.see("see");
                queue.emit(Child(job.0.clone()));
                if job.0.number == all / 2 {
                    weak.upgrade().unwrap().stop().unwrap();
                    queue.emit(Child(job.0.clone()));
                }
            })
            .on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..all {
            nexus.try_emit(Job(counts.make())).unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().handled, all as u64 / 2 + 1, "{ledger}");
        assert_eq!(ledger.of::<Child>().accepted, all as u64 / 2 + 2, "{ledger}");
    });
}

#[test]
fn a_million_events_through_room_for_64_keep_no_more_than_that_alive() {
    for on in [one_thread, || threads(2)] as [fn() -> tokio::runtime::Runtime; 2] {
        bounded(move || {
            let (counts, all) = (Counts::default(), many(500_000));
            let made = counts.clone();
            let ledger = on().block_on(async move {
                Nexus::empty()
                    .capacity(64)
                    .producer("producer", move |out: Emitter<Job>| async move {
                        for _ in 0..all {
                            out.emit(Job(made.make())).await.unwrap();
                        }
                    })
                    .on("see", seeing("see"))
                    .build()
                    .unwrap()
                    .run()
                    .await
                    .unwrap()
            });
            counts.agree_with(&ledger);
            assert_eq!(ledger.of::<Job>().handled, all as u64, "{ledger}");
            // 64 inside, one in hand, one at the door, and what is being dropped.
            assert!(counts.most() <= 68, "{} were alive at once", counts.most());
            assert!(counts.seen("see").into_iter().eq(0..all), "in order");
        });
    }
}

#[test]
fn payloads_of_100_kib_go_through_little_room_by_the_thousand() {
    use super::shapes::{Kilobytes100, Shape as _};

    run(async {
        let (counts, all) = (Counts::default(), many(5_000));
        let nexus = Nexus::empty()
            .capacity(3)
            .on("see", |event: &Kilobytes100, _: &mut Queue<()>| event.see("see"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..all {
            nexus.emit(Kilobytes100::<1>::of(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Kilobytes100>().handled, all as u64, "{ledger}");
        assert!(counts.most() <= 6, "{} were alive at once", counts.most());
    });
}

#[test]
fn a_cycle_of_one_payload_clones_and_drops_as_often() {
    run(async {
        let (counts, hops) = (Counts::default(), many(100_000));
        let nexus = Nexus::empty()
            .on("hop", move |job: &Job, queue: &mut Queue<Job>| {
                job.0.see("hop");
                let next = job.0.counts().make();
                if next.number < hops {
                    queue.emit(Job(next));
                }
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        nexus.ingest(Job(counts.make())).await.unwrap();
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.of::<Job>().handled, hops as u64, "{ledger}");
        assert!(counts.most() <= 2, "{} were alive at once", counts.most());
    });
}
