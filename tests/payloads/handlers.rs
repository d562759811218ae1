//! By reference and by value, alone and together, through filters and fan-outs: each handler has the event once, whole.

use std::sync::Arc;

use futures_util::FutureExt as _;
use nexus::dynamic::{DynamicNexus, Fanout, Handler, Key};
use nexus::prelude::*;
use nexus::{Builder, Policy};
use tokio::sync::Semaphore;

use super::counted::{Child, Counted, Counts, Job, many, run, seeing, until};
use super::shapes::{Aligned128, Kilobytes100, Shape as _};

#[handler(Job)]
fn take(job: Job) {
    job.0.see("take");
}

#[handler(Job)]
async fn take_and_wait(job: Job) {
    job.0.see("take and wait");
    tokio::task::yield_now().await;
    assert!(job.0.is_intact());
}

#[handler(Job, order = -1)]
async fn borrow_first(job: &Job) {
    tokio::task::yield_now().await;
    job.0.see("borrow first");
}

#[handler(Job, order = 1)]
async fn borrow_last(job: &Job) {
    job.0.see("borrow last");
    tokio::task::yield_now().await;
    assert!(job.0.is_intact());
}

/// Passes its event on by value.
#[handler(Job)]
async fn pass_on(job: Job, queue: &mut Queue<Child>) {
    job.0.see("pass on");
    tokio::task::yield_now().await;
    queue.emit(Child(job.0));
}

#[handler(Child)]
async fn take_child(child: Child) {
    child.0.see("take child");
}

#[handler(Aligned128)]
async fn take_aligned(event: Aligned128) {
    event.see("take aligned");
    tokio::task::yield_now().await;
    assert!(event.is_whole());
}

#[handler(Kilobytes100)]
async fn take_large(event: Kilobytes100) {
    event.see("take large");
    tokio::task::yield_now().await;
    assert!(event.is_whole());
}

#[handler(Kilobytes100)]
fn take_large_at_once(event: Kilobytes100) {
    event.see("take large at once");
}

/// Puts jobs in by both ways, and gives what was made of how many jobs.
async fn made_of(builder: Builder) -> (usize, usize) {
    let counts = Counts::default();
    let jobs = many(300);
    let nexus = builder.capacity(7).build().unwrap().start().unwrap();
    for nth in 0..jobs {
        if nth % 3 == 0 {
            nexus.ingest(Job(counts.make())).await.unwrap();
        } else {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
    }
    let ledger = nexus.join().await.unwrap();
    counts.agree_with(&ledger);
    assert_eq!(ledger.of::<Job>().handled, jobs as u64, "{ledger}");
    (counts.made(), jobs)
}

#[test]
fn an_event_by_value_goes_to_its_only_handler_itself() {
    run(async {
        let (made, jobs) = made_of(Nexus::empty().with::<take>()).await;
        assert_eq!(made, jobs, "none was cloned");
        let (made, jobs) = made_of(Nexus::empty().with::<take_and_wait>()).await;
        assert_eq!(made, jobs, "none was cloned");
    });
}

#[test]
fn an_event_by_value_for_two_handlers_is_cloned_once() {
    run(async {
        let (made, jobs) = made_of(Nexus::empty().with::<take>().with::<take_and_wait>()).await;
        assert_eq!(made, 2 * jobs);
    });
}

#[test]
fn an_event_by_value_after_those_who_borrow_it_is_the_event_itself() {
    run(async {
        let borrowed = || Nexus::empty().on("first", seeing("first")).with::<borrow_first>();
        let (made, jobs) = made_of(borrowed().with::<take>()).await;
        assert_eq!(made, jobs, "none was cloned");
        let (made, jobs) = made_of(borrowed().with::<take_and_wait>()).await;
        assert_eq!(made, jobs, "none was cloned");
    });
}

#[test]
fn an_event_by_value_before_those_who_borrow_it_is_a_clone() {
    run(async {
        let both = Nexus::empty().with::<take>().with::<take_and_wait>().with::<borrow_last>();
        let (made, jobs) = made_of(both).await;
        assert_eq!(made, 3 * jobs);
    });
}

#[test]
fn a_payload_that_is_passed_on_is_one_and_the_same() {
    run(async {
        let (made, jobs) = made_of(Nexus::empty().with::<pass_on>().with::<take_child>()).await;
        assert_eq!(made, jobs, "none was cloned");
    });
}

#[test]
fn aligned_and_large_payloads_by_value_stay_whole() {
    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty()
            .with::<take_aligned>()
            .with::<take_large>()
            .with::<take_large_at_once>()
            .on("before", |event: &Kilobytes100, _: &mut Queue<()>| event.see("before"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..many(50) {
            nexus.emit(Aligned128::<1>::of(counts.make())).await.unwrap();
            nexus.emit(Kilobytes100::<1>::of(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(counts.made(), 3 * many(50), "the large ones were cloned once");
        assert_eq!(ledger.total().handled, 2 * many(50) as u64, "{ledger}");
    });
}

#[test]
fn a_payload_in_the_future_of_its_handler_goes_with_it() {
    #[handler(Job)]
    async fn hold(job: Job, gate: &Semaphore) -> Result {
        job.0.see("hold");
        let local = job.0.clone();
        gate.acquire().await?.forget();
        assert!(local.is_intact() && job.0.is_intact());
        Ok(())
    }

    run(async {
        for permits in 0..5 {
            let (counts, gate) = (Counts::default(), Arc::new(Semaphore::new(permits)));
            let nexus = Nexus::empty()
                .shared_state(gate)
                .on("before", seeing("before"))
                .with::<hold>()
                .build()
                .unwrap()
                .start()
                .unwrap();
            for _ in 0..10 {
                nexus.emit(Job(counts.make())).await.unwrap();
            }
            until(|| counts.seen("hold").len() == permits + 1).await;
            nexus.abort().unwrap();
            let ledger = nexus.join().await.unwrap();
            counts.agree_with(&ledger);
            let job = ledger.of::<Job>();
            assert_eq!((job.handled, job.dropped), (permits as u64, 10 - permits as u64), "{ledger}");
        }
    });
}

#[test]
fn handlers_that_wait_one_after_another_all_have_the_same_event() {
    run(async {
        let counts = Counts::default();
        let mut builder = Nexus::empty().capacity(5);
        for (nth, name) in ["first", "second", "third", "fourth"].into_iter().enumerate() {
            builder = builder.on_async(name, move |job: &Job, queue: &mut Queue<Child>| {
                async move {
                    job.0.see(name);
                    for _ in 0..=nth {
                        tokio::task::yield_now().await;
                        queue.emit(Child(job.0.clone()));
                    }
                    assert!(job.0.is_intact());
                    Ok(())
                }
                .boxed()
            });
        }
        let nexus =
            builder.on("count", |child: &Child, _: &mut Queue<()>| assert!(child.0.is_intact())).build();
        let nexus = nexus.unwrap().start().unwrap();
        for _ in 0..many(200) {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.are_even();
        let jobs = many(200) as u64;
        assert_eq!(
            (ledger.of::<Job>().deliveries, ledger.of::<Child>().handled),
            (4 * jobs, 10 * jobs),
            "{ledger}"
        );
        assert!(ledger.is_balanced(), "{ledger}");
        for name in ["first", "second", "third", "fourth"] {
            assert!(counts.seen(name).is_sorted() && counts.seen(name).len() == many(200), "{name}");
        }
    });
}

/// A filter that waits, emits, and consumes every third.
struct Third;

impl nexus::Filter for Third {
    type Emits = Child;

    async fn filter(&mut self, event: &Event, queue: &mut Queue<Child>) -> Result<Verdict> {
        let Some(Job(counted)) = event.payload() else { return Ok(Verdict::Pass) };
        tokio::task::yield_now().await;
        assert!(counted.is_intact());
        if counted.number % 3 != 0 {
            return Ok(Verdict::Pass);
        }
        queue.emit(Child(counted.clone()));
        Ok(Verdict::Consume)
    }
}

#[test]
fn what_filters_consume_is_dropped_and_what_they_pass_is_seen_by_every_handler() {
    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty()
            .filter("look", |event: &Event| {
                assert!(event.payload::<Job>().is_none_or(|job| job.0.is_intact()));
                Verdict::Pass
            })
            .filter_with("third", Third)
            .filter("fifth", |event: &Event| {
                Verdict::from(event.payload::<Job>().is_some_and(|job| job.0.number % 5 == 0))
            })
            .on("first", seeing("first"))
            .with::<borrow_first>()
            .with::<take>()
            .on("child", |child: &Child, _: &mut Queue<()>| child.0.see("child"))
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..300 {
            // Numbers grow by one each time: a clone has the number of its origin.
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        let passed: Vec<usize> = (0..300).filter(|number| number % 3 != 0 && number % 5 != 0).collect();
        for handler in ["first", "borrow first", "take"] {
            assert_eq!(counts.seen(handler), passed, "{handler}");
        }
        assert_eq!(counts.seen("child").len(), 100);
        assert_eq!(ledger.of::<Job>().consumed, 300 - passed.len() as u64, "{ledger}");
    });
}

/// A member of a fan-out.
struct Member(&'static str, Counted);

impl nexus::Handler<Job> for Member {
    type Emits = ();

    async fn handle(&mut self, job: &Job, _: &mut Queue<()>) -> Result {
        job.0.see(self.0);
        tokio::task::yield_now().await;
        assert!(job.0.is_intact() && self.1.is_intact());
        if job.0.number.is_multiple_of(10) { Err(job.0.clone().into()) } else { Ok(()) }
    }
}

#[derive(Fanout)]
#[fanout(Job)]
struct Three {
    first: Member,
    second: Member,
    third: Member,
}

#[test]
fn a_fan_out_gives_each_member_the_event_and_drops_it_once() {
    run(async {
        let counts = Counts::default();
        let [first, second, third] = ["a", "b", "c"].map(|name| Member(name, counts.make()));
        let nexus = Nexus::empty()
            .on_error(|_, _| ())
            .with::<Three>()
            .component(Three { first, second, third })
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..200 {
            nexus.emit(Job(counts.make())).await.unwrap();
        }
        let ledger = nexus.join().await.unwrap();
        counts.are_even();
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!((ledger.of::<Job>().failed, ledger.of::<Job>().deliveries), (20, 200), "{ledger}");
        for member in ["a", "b", "c"] {
            assert_eq!(counts.seen(member).len(), 200);
        }
    });
}

#[test]
fn a_fan_out_that_is_made_by_calls_and_changes_gives_each_member_the_event() {
    run(async {
        let counts = Counts::default();
        let nexus = DynamicNexus::new(Nexus::empty().on("planned", seeing("planned"))).unwrap();
        let member = |name: &'static str| {
            let owned = counts.make();
            Handler::sync(name, move |event: &Event, _: &mut Queue<Event>| {
                owned.is_intact();
                event.payload::<Job>().unwrap().0.see(name);
            })
        };
        let fanout = Fanout::new("all");
        let (first, second) = (member("first"), member("second"));
        fanout.register(&first).unwrap();
        nexus.add_handler(Key::of::<Job>(), fanout.handler()).unwrap();
        nexus.start().unwrap();
        for nth in 0..200 {
            nexus.ingest(Job(counts.make())).await.unwrap();
            if nth == 99 {
                fanout.register(&second).unwrap();
            }
        }
        nexus.stop().unwrap();
        nexus.ended().await;
        let ledger = nexus.ledger();
        assert_eq!(ledger.of::<Job>().deliveries, 400, "{ledger}");
        assert_eq!((counts.seen("first").len(), counts.seen("second").len()), (200, 100));
        drop((nexus, fanout, first, second));
        counts.are_even();
    });
}

#[test]
fn with_the_policy_fail_handlers_that_come_after_a_failed_one_never_see_the_event() {
    run(async {
        let counts = Counts::default();
        let nexus = Nexus::empty()
            .policy(Policy::Fail)
            .on("first", seeing("first"))
            .on("fails", |job: &Job, _: &mut Queue<()>| -> Result {
                job.0.see("fails");
                Err(job.0.clone().into())
            })
            .with::<take>()
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..100 {
            let error = nexus.ingest(Job(counts.make())).await.unwrap_err();
            assert!(error.to_string().contains("the error of number"), "{error}");
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!((ledger.of::<Job>().failed, counts.seen("take").len()), (100, 0), "{ledger}");
    });
}
