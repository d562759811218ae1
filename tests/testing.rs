//! `nexus::testing`: a nexus with chosen items comes to rest, says what has happened, and lets time pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use nexus::prelude::*;
use nexus::testing::TestNexus;
use nexus::{Builder, IngestError, Policy, Timer};
use tokio::time::Instant;

#[derive(Clone, Debug, PartialEq)]
#[named_event]
struct Reading(f64);

#[derive(Clone, Debug, PartialEq)]
#[named_event]
struct Alarm(f64);

#[named_event]
struct Page;

#[derive(Debug, PartialEq)]
#[named_event]
struct Tick(i64);

struct Limit(f64);

#[handler(Reading)]
fn watch(reading: &Reading, limit: &Limit) -> Option<Alarm> {
    (reading.0 > limit.0).then_some(Alarm(reading.0))
}

#[handler(Alarm)]
fn escalate(alarm: &Alarm) -> Result<Option<Page>> {
    if alarm.0 > 1000.0 {
        return Err(format!("no such temperature: {}", alarm.0).into());
    }
    Ok((alarm.0 > 90.0).then_some(Page))
}

fn program() -> Builder {
    Nexus::empty().with::<watch>().with::<escalate>().state(Limit(30.0))
}

async fn put(test: &TestNexus, values: &[f64]) {
    for value in values {
        test.emit(Reading(*value)).await.unwrap();
    }
    test.settle().await;
}

#[tokio::test]
async fn what_was_emitted_is_there_and_what_was_not_is_not() {
    let test = program().test();
    put(&test, &[20.0, 31.0, 95.0]).await;
    assert_eq!(test.events::<Reading>(), [Reading(20.0), Reading(31.0), Reading(95.0)]);
    assert_eq!(test.events::<Alarm>(), [Alarm(31.0), Alarm(95.0)]);
    assert_eq!(test.events::<Page>().len(), 1);
    test.assert_none::<Tick>();
    let causes: Vec<_> =
        test.events::<Alarm>().iter().map(|alarm| (alarm.meta.cause(), alarm.domain)).collect();
    assert_eq!(causes, [(Some(2), "Main"), (Some(3), "Main")]);
}

#[tokio::test]
async fn an_event_whose_handlers_are_left_out_is_discarded() {
    let test = program().test();
    put(&test, &[95.0]).await;
    let ledger = test.ledger();
    assert_eq!(ledger.of::<Page>().discarded, 1, "{ledger}");
    assert_eq!(ledger.total().handled, 2, "{ledger}");
    assert!(ledger.is_balanced());
}

#[tokio::test]
async fn a_handler_is_left_out_and_another_takes_its_place() {
    let calm = |alarm: &Alarm, _: &mut Queue<()>| assert!(alarm.0 > 30.0);
    let test = program().without::<escalate>().on("calm", calm).test();
    put(&test, &[95.0]).await;
    test.assert_none::<Page>();
    assert_eq!(test.ledger().of::<Alarm>().handled, 1);
}

#[tokio::test]
async fn what_was_declared_by_hand_is_left_out_by_its_name() {
    let test = program().on("page", |_: &Page, _: &mut Queue<()>| Tick(1)).without_named("page").test();
    put(&test, &[95.0]).await;
    test.assert_none::<Tick>();
    assert_eq!(test.ledger().of::<Page>().discarded, 1);
}

#[tokio::test]
async fn a_piece_of_state_is_replaced() {
    let test = program().without_state::<Limit>().state(Limit(50.0)).test();
    put(&test, &[31.0]).await;
    test.assert_none::<Alarm>();
}

#[derive(Default)]
struct Count(u64);

#[handlers]
impl Count {
    #[handler(Reading)]
    fn count(&mut self, _: &Reading) -> Tick {
        self.0 += 1;
        Tick(self.0.try_into().unwrap())
    }
}

#[tokio::test]
async fn a_component_is_replaced() {
    let test = Nexus::empty()
        .with::<Count>()
        .component(Count(0))
        .without_component::<Count>()
        .component(Count(7))
        .test();
    put(&test, &[1.0]).await;
    assert_eq!(test.events::<Tick>(), [Tick(8)]);
}

#[tokio::test]
async fn a_type_with_handlers_is_left_out_with_all_of_them() {
    let test = program().with::<Count>().without::<Count>().test();
    put(&test, &[1.0]).await;
    test.assert_none::<Tick>();
}

#[tokio::test]
#[should_panic(expected = "handler `escalate` is left out, but not there")]
async fn an_item_that_is_not_there_cannot_be_left_out() {
    let _test = Nexus::empty().with::<watch>().state(Limit(1.0)).without::<escalate>().test();
}

#[tokio::test]
#[should_panic(expected = "handler `watch` needs the state `Limit`, which was not given")]
async fn what_is_there_needs_its_state() {
    let _test = Nexus::empty().with::<watch>().test();
}

#[test]
#[should_panic(expected = "there is no runtime here: write `#[tokio::test]`")]
fn without_a_runtime_there_is_no_test() {
    let _test = program().test();
}

// What is pending, and what the test holds.

#[tokio::test]
#[should_panic(expected = "the test has ended while 1 events were pending")]
async fn a_test_that_does_not_see_what_becomes_of_its_events_fails() {
    let test = program().test();
    test.emit(Reading(20.0)).await.unwrap();
}

#[tokio::test]
async fn a_test_may_end_its_nexus_with_events_pending() {
    let test = program().test();
    test.emit(Reading(20.0)).await.unwrap();
    test.abort().unwrap();
}

#[tokio::test]
async fn the_tests_own_handles_are_not_waited_for() {
    let test = jobs(&Arc::default()).test();
    let audit = test.domain::<Audit>().unwrap();
    let (overlay, other) = (audit.overlay(), audit.clone());
    other.emit(Alarm(1.0)).await.unwrap();
    test.settle().await;
    assert_eq!(test.events::<Alarm>()[0].domain, "Audit");
    drop((audit, overlay, other));
    test.settle().await;
}

#[tokio::test]
async fn an_emitter_that_the_test_gives_away_is_waited_for() {
    let test = program().test();
    let out = test.emitter::<Reading>();
    let task = tokio::spawn(async move {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        out.emit(Reading(20.0)).await.unwrap();
    });
    test.settle().await;
    assert_eq!(test.events::<Reading>(), [Reading(20.0)]);
    task.await.unwrap();
}

// Failures.

#[tokio::test]
#[should_panic(expected = "`escalate` failed on `Alarm` #2: no such temperature: 2000")]
async fn a_failure_that_the_test_does_not_ask_for_fails_it() {
    let test = program().test();
    put(&test, &[2000.0]).await;
}

#[tokio::test]
async fn a_failure_that_the_test_asks_for_is_its_own() {
    let test = program().test();
    put(&test, &[2000.0]).await;
    let failures = test.failures();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].item(), Some("escalate"));
    assert_eq!(test.ledger().of::<Alarm>().failed, 1);
}

#[tokio::test]
#[should_panic(expected = "nobody handles `Page` #1")]
async fn an_event_that_the_test_puts_in_has_to_be_handled() {
    let test = Nexus::empty().with::<watch>().state(Limit(1.0)).test();
    test.emit(Page).await.unwrap();
    test.settle().await;
}

#[tokio::test]
async fn the_programs_own_hook_is_called_too() {
    let told = Arc::new(AtomicU64::new(0));
    let hook = told.clone();
    let count = move |_: &nexus::Failure, _: Option<&Event>| {
        hook.fetch_add(1, SeqCst);
    };
    let test = program().on_error(count).test();
    put(&test, &[2000.0]).await;
    assert_eq!((test.failures().len(), told.load(SeqCst)), (1, 1));
}

#[tokio::test]
async fn an_error_that_is_the_callers_is_no_failure_of_the_test() {
    let test = program().policy(Policy::Fail).test();
    let error = test.ingest(Reading(2000.0)).await.unwrap_err();
    assert!(matches!(error, IngestError::Failed(_)), "{error}");
    test.settle().await;
    assert!(test.failures().is_empty());
}

/// A program whose second reading fails, and ends the run.
fn failing() -> Builder {
    let readings = futures_util::stream::iter([20.0, 2000.0].map(Reading));
    program().policy(Policy::Fail).converter("readings", readings)
}

#[tokio::test]
#[should_panic(expected = "`escalate` failed on `Alarm` #3")]
async fn a_run_that_ended_with_an_error_fails_the_test() {
    let test = failing().test();
    test.settle().await;
}

#[tokio::test]
async fn the_error_that_ended_the_run_is_the_tests_if_it_asks() {
    let test = failing().test();
    assert!(matches!(test.join().await, Err(nexus::RunError::Failed { .. })));
    assert_eq!(test.failures().len(), 1);
}

#[tokio::test]
async fn what_is_cleared_is_held_against_nobody() {
    let test = program().test();
    put(&test, &[2000.0, 20.0]).await;
    test.clear();
    put(&test, &[31.0]).await;
    assert_eq!(test.events::<Reading>(), [Reading(31.0)]);
    assert_eq!(test.ledger().of::<Reading>().handled, 3);
}

#[tokio::test]
#[should_panic(
    expected = "there was to be no `Alarm`, and there are 2:\n#1 Reading\n  #2 Alarm, of #1\n#3 Reading\n  #4 \
                           Alarm, of #3\nfailure: `escalate` failed"
)]
async fn what_should_not_be_there_is_told_with_the_story() {
    let test = program().queue(nexus::Order::Fifo).test();
    put(&test, &[31.0]).await;
    put(&test, &[2000.0]).await;
    test.assert_none::<Alarm>();
}

// What is recorded.

#[handler(Reading, order = 1)]
fn by_value(reading: Reading) -> Alarm {
    Alarm(reading.0)
}

#[filter]
fn no_frost(event: &Event) -> Verdict {
    event.payload::<Reading>().is_some_and(|reading| reading.0 < 0.0).into()
}

#[tokio::test]
async fn events_are_recorded_that_are_taken_or_consumed() {
    let test = Nexus::empty().with::<by_value>().with::<no_frost>().test();
    put(&test, &[-1.0, 1.0]).await;
    assert_eq!(test.events::<Reading>(), [Reading(-1.0), Reading(1.0)]);
    assert_eq!(test.events::<Alarm>(), [Alarm(1.0)]);
    assert_eq!(test.ledger().of::<Reading>().consumed, 1);
}

#[tokio::test]
async fn dynamic_events_are_recorded_as_they_are() {
    let test = Nexus::empty().on_key(7, "seven", |_: &Event, _: &mut Queue<()>| Page).test();
    test.emit(Event::new(1, 7, 0, "text")).await.unwrap();
    test.settle().await;
    let records = test.all();
    assert_eq!(records.len(), 2);
    assert_eq!(*records[0], Event::new(1, 7, 0, "text"));
    assert!(records[1].is::<Page>());
}

/// Holds the nexus that it is in.
struct Ticket {
    _out: Emitter<Ticket>,
    held: Arc<()>,
}

impl NamedEvent for Ticket {
    const NAME: &'static str = "Ticket";
}

#[tokio::test]
async fn what_is_recorded_does_not_outlive_the_test_even_if_it_holds_the_nexus() {
    let held = Arc::new(());
    let test =
        Nexus::empty().on("take", |ticket: &Ticket, _: &mut Queue<()>| drop(ticket.held.clone())).test();
    test.ingest(Ticket { _out: test.emitter(), held: held.clone() }).await.unwrap();
    drop(test);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[tokio::test]
async fn an_emitter_in_a_recorded_event_is_left_until_that_is_cleared() {
    let held = Arc::new(());
    let test =
        Nexus::empty().on("take", |ticket: &Ticket, _: &mut Queue<()>| drop(ticket.held.clone())).test();
    test.ingest(Ticket { _out: test.emitter(), held }).await.unwrap();
    assert!(futures_util::FutureExt::now_or_never(test.settle()).is_none());
    test.clear();
    test.settle().await;
}

#[named_event]
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("a destructor that panics");
    }
}

#[tokio::test]
#[should_panic(expected = "the test fails")]
async fn a_recorded_event_that_panics_when_it_is_dropped_harms_nobody() {
    let test = Nexus::empty().on("catch", |_: &Grenade, _: &mut Queue<()>| ()).test();
    for _ in 0..2 {
        test.ingest(Grenade).await.unwrap();
        test.ingest(Grenade).await.unwrap();
        test.settle().await;
        test.clear();
    }
    test.ingest(Grenade).await.unwrap();
    // Here it would be a panic in a panic.
    test.stop().unwrap();
    test.ended().await;
    panic!("the test fails");
}

// Coming to rest.

#[named_event]
struct Job {
    /// How often it is handed on.
    hops: u64,
    way: Way,
}

#[derive(Clone, Copy)]
enum Way {
    Queue,
    Task,
    Later,
    Thread,
}

#[derive(Default)]
struct Done(AtomicU64);

/// Hands a job on, in the way that it asks for; the emitter outlives the call.
#[handler(Job)]
async fn hand_on(job: &Job, queue: &mut Queue<(Job, Alarm)>, out: Emitter<Job>, done: Arc<Done>) {
    done.0.fetch_add(1, SeqCst);
    let (hops, way) = (job.hops.saturating_sub(1), job.way);
    if job.hops == 0 {
        queue.emit(Alarm(1.0));
        return;
    }
    let job = Job { hops, way };
    match way {
        Way::Queue => queue.emit(job),
        Way::Task => drop(tokio::spawn(async move {
            for _ in 0..hops {
                tokio::task::yield_now().await;
            }
            out.emit(job).await.unwrap();
        })),
        Way::Later => drop(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(hops)).await;
            out.emit(job).await.unwrap();
        })),
        Way::Thread => drop(std::thread::spawn(move || out.emit_blocking(job).unwrap())),
    }
}

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), replies(Page), capacity = 1)]
struct ToAudit;

#[handler(Alarm, domain = Audit)]
async fn audit(_: &Alarm, done: &Done) -> Page {
    tokio::task::yield_now().await;
    done.0.fetch_add(1, SeqCst);
    Page
}

#[handler(Page)]
fn page(_: &Page, done: &Done) {
    done.0.fetch_add(1, SeqCst);
}

fn jobs(done: &Arc<Done>) -> Builder {
    Nexus::empty()
        .with::<hand_on>()
        .with::<ToAudit>()
        .with::<audit>()
        .with::<page>()
        .shared_state(done.clone())
}

async fn run_jobs(jobs_of: &[(u64, Way)], capacity: usize) {
    let done = Arc::new(Done::default());
    let test = jobs(&done).capacity(capacity).test();
    for (hops, way) in jobs_of {
        test.emit(Job { hops: *hops, way: *way }).await.unwrap();
    }
    test.settle().await;
    let expected: u64 = jobs_of.iter().map(|(hops, _)| hops + 3).sum();
    assert_eq!(done.0.load(SeqCst), expected, "{test}");
    let ledger = test.ledger();
    assert_eq!((ledger.total().pending, ledger.boundaries[0].waiting), (0, 0), "{ledger}");
    assert_eq!(test.events::<Page>().len(), jobs_of.len());
}

#[tokio::test(start_paused = true)]
async fn it_comes_to_rest_when_every_emitter_is_gone_and_every_boundary_is_empty() {
    run_jobs(&[(3, Way::Queue), (3, Way::Task), (3, Way::Later), (2, Way::Queue)], 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_for_threads_too() {
    run_jobs(&[(3, Way::Thread), (3, Way::Task), (5, Way::Thread)], 2).await;
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_converters_and_producers_to_end() {
    let numbers = futures_util::stream::iter([1.0, 2.0]);
    let numbers = futures_util::StreamExt::then(numbers, async |n| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Reading(n)
    });
    let test = Nexus::empty()
        .converter("numbers", numbers)
        .producer("later", async |out: Emitter<Reading>| {
            tokio::time::sleep(Duration::from_secs(300)).await;
            out.emit(Reading(3.0)).await.unwrap();
        })
        .test();
    test.settle().await;
    assert_eq!(test.events::<Reading>(), [Reading(1.0), Reading(2.0), Reading(3.0)]);
}

#[tokio::test]
async fn it_comes_to_rest_when_it_has_ended() {
    let builder = Nexus::empty();
    let nexus = builder.weak_handle();
    let stop = move |_: &Reading, _: &mut Queue<()>| nexus.upgrade().unwrap().stop().unwrap();
    // The emitter is never given up, but the nexus has ended.
    let (keep, kept) = std::sync::mpsc::channel();
    let test = builder
        .on("stop", stop)
        .producer("endless", async move |out: Emitter<Reading>| {
            keep.send(out.clone()).unwrap();
            out.emit(Reading(1.0)).await.unwrap();
            std::future::pending::<()>().await;
        })
        .test();
    test.settle().await;
    assert_eq!(test.ledger().of::<Reading>().handled, 1);
    assert!(kept.try_recv().is_ok());
}

#[tokio::test]
async fn what_comes_of_sources_that_do_not_end_can_be_waited_for() {
    let test = Nexus::empty()
        .producer("endless", async |out: Emitter<Reading>| {
            while out.emit(Reading(1.0)).await.is_ok() {
                tokio::task::yield_now().await;
            }
        })
        .test();
    test.until(|test| test.events::<Reading>().len() >= 3).await;
    test.until(|test| test.ledger().of::<Reading>().discarded >= 5).await;
    test.abort().unwrap();
}

#[tokio::test]
#[should_panic(expected = "the nexus has ended, and what the test waits for has not come")]
async fn what_can_not_come_any_more_is_not_waited_for() {
    let test = program().test();
    test.started().await;
    test.stop().unwrap();
    test.until(|test| !test.events::<Page>().is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_in_a_drain_is_waited_for() {
    let done = Arc::new(Done::default());
    let test = Nexus::empty().with::<slow>().shared_state(done.clone()).test();
    test.emit(Tick(1)).await.unwrap();
    test.started().await;
    test.drain().unwrap();
    test.settle().await;
    assert_eq!(done.0.load(SeqCst), 1);
    assert_eq!(test.join().await.unwrap().of::<Tick>().handled, 1);
}

#[tokio::test]
async fn a_wait_that_is_cancelled_can_be_begun_again() {
    let (give, gift) = tokio::sync::oneshot::channel();
    let test = Nexus::empty()
        .producer("waits", async move |out: Emitter<Reading>| {
            gift.await.unwrap();
            out.emit(Reading(1.0)).await.unwrap();
        })
        .test();
    test.started().await;
    assert!(futures_util::FutureExt::now_or_never(test.settle()).is_none());
    let waits_for = r#"pending: 0, sources: ["waits"], emitters_and_handles: 1"#;
    assert!(format!("{test:?}").contains(waits_for), "{test:?}");
    give.send(()).unwrap();
    test.settle().await;
    assert_eq!(test.events::<Reading>(), [Reading(1.0)]);
}

// Time.

#[timer(every = "10s")]
fn ticks(count: i64) -> Tick {
    Tick(count)
}

#[handler(Tick)]
async fn slow(tick: &Tick, done: &Done) {
    tokio::time::sleep(Duration::from_secs(5)).await;
    done.0.store(tick.0.try_into().unwrap(), SeqCst);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_sleeps_keeps_nobody_waiting() {
    let begin = Instant::now();
    let test = Nexus::empty().with::<ticks>().test();
    test.settle().await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
    test.assert_none::<Tick>();
}

#[tokio::test(start_paused = true)]
async fn ticks_come_at_their_time() {
    let begin = Instant::now();
    let test = Nexus::empty().with::<ticks>().test();
    test.advance(Duration::from_secs(35)).await;
    let times: Vec<_> =
        test.events::<Tick>().iter().map(|tick| (tick.meta.time() - begin).as_secs()).collect();
    assert_eq!(times, [10, 20, 30]);
    test.advance(Duration::from_secs(5)).await;
    assert_eq!(test.events::<Tick>().len(), 4);
    assert_eq!(begin.elapsed(), Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_is_due_at_the_end_of_the_time_has_been_handled() {
    let done = Arc::new(Done::default());
    let test = Nexus::empty().with::<ticks>().with::<slow>().shared_state(done.clone()).test();
    test.advance(Duration::from_secs(10)).await;
    assert_eq!(done.0.load(SeqCst), 1, "{test}");
    // The next pause began when the tick was done.
    test.advance(Duration::from_secs(9)).await;
    assert_eq!(done.0.load(SeqCst), 1, "{test}");
    test.advance(Duration::from_secs(1)).await;
    assert_eq!(done.0.load(SeqCst), 2, "{test}");
}

#[tokio::test(start_paused = true)]
async fn time_passes_beside_sources_that_do_not_end() {
    let test = Nexus::empty()
        .with::<ticks>()
        .producer("endless", async |out: Emitter<Reading>| {
            while out.emit(Reading(1.0)).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
        })
        .test();
    test.advance(Duration::from_secs(30)).await;
    assert_eq!(test.events::<Tick>().len(), 3);
    assert_eq!(test.events::<Reading>().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_was_added_while_running_is_a_timer_like_any_other() {
    let test = Nexus::empty().on_key(7, "seven", |_: &Event, _: &mut Queue<()>| ()).test();
    let every = Timer::every(Duration::from_secs(10));
    let timer = nexus::dynamic::Timer::new("added", every, 7, test.overlay().factory()).unwrap();
    test.overlay().add_source(timer.source()).unwrap();
    test.settle().await;
    assert!(test.all().is_empty());
    test.advance(Duration::from_secs(20)).await;
    assert_eq!(test.all().len(), 2);
    assert!(timer.stop());
    test.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_has_ended_is_no_more() {
    let test = Nexus::empty()
        .timer("thrice", Timer::every(Duration::from_secs(1)).count_up(3), Tick)
        .on("tick", |_: &Tick, _: &mut Queue<()>| ())
        .test();
    test.advance(Duration::from_secs(60)).await;
    assert_eq!(test.events::<Tick>(), [Tick(1), Tick(2), Tick(3)]);
    test.settle().await;
}

/// A timer beside the plan that ticks every hour.
fn hourly(test: &TestNexus) -> nexus::dynamic::Timer {
    let every = Timer::every(Duration::from_secs(3600));
    nexus::dynamic::Timer::new("hourly", every, 7, test.overlay().factory()).unwrap()
}

fn of_seven() -> TestNexus {
    Nexus::empty().on_key(7, "seven", |_: &Event, _: &mut Queue<()>| ()).test()
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_was_detached_is_no_more() {
    let test = of_seven();
    let timer = hourly(&test);
    test.overlay().add_source(timer.source()).unwrap();
    test.settle().await;
    test.overlay().detach(timer.source());
    let begin = Instant::now();
    test.settle().await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
    // An emitter does not pass for the timer.
    let out = test.emitter::<Event>();
    assert!(futures_util::FutureExt::now_or_never(test.settle()).is_none());
    drop(out);
    test.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_sleeps_when_it_is_added_to_another_nexus_sleeps_there_too() {
    let (first, second) = (of_seven(), of_seven());
    let timer = hourly(&first);
    first.overlay().add_source(timer.source()).unwrap();
    first.settle().await;
    second.overlay().add_source(timer.source()).unwrap();
    let begin = Instant::now();
    second.settle().await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
    second.advance(Duration::from_secs(3600)).await;
    assert_eq!(second.ledger().total().handled, 1, "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_only_attached_has_ticked_when_the_time_has_passed() {
    let test = of_seven();
    let timer = hourly(&test);
    test.overlay().attach(timer.source()).unwrap();
    timer.start().await.unwrap();
    test.settle().await;
    for hours in 1..4 {
        test.advance(Duration::from_secs(3600)).await;
        assert_eq!(test.ledger().total().handled, hours, "{test}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_stopped_and_started_again_sleeps_as_one() {
    let test = of_seven();
    let timer = hourly(&test);
    test.overlay().add_source(timer.source()).unwrap();
    test.settle().await;
    let begin = Instant::now();
    for _ in 0..5 {
        assert!(timer.stop());
        timer.start().await.unwrap();
        let out = test.emitter::<Event>();
        assert!(futures_util::FutureExt::now_or_never(test.settle()).is_none());
        drop(out);
        test.settle().await;
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
    test.advance(Duration::from_secs(3600)).await;
    assert_eq!(test.ledger().total().handled, 1, "{test}");
}

#[tokio::test]
async fn a_period_that_is_shorter_than_tokio_can_sleep_keeps_nobody_waiting() {
    let every = Timer::every(Duration::from_nanos(1));
    let test = Nexus::empty().timer("short", every, Tick).on("tick", |_: &Tick, _: &mut Queue<()>| ()).test();
    let waits = async {
        test.settle().await;
        test.advance(Duration::from_millis(5)).await;
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("it comes to rest");
    assert!(!test.events::<Tick>().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_let_go_before_it_was_begun_neither_fails_nor_holds_anybody() {
    let (first, second) = (of_seven(), of_seven());
    let timer = hourly(&first);
    first.settle().await;
    first.overlay().add_source(timer.source()).unwrap();
    first.overlay().detach(timer.source());
    first.settle().await;
    assert!(first.failures().is_empty());
    first.overlay().add_source(timer.source()).unwrap();
    first.settle().await;
    second.overlay().add_source(timer.source()).unwrap();
    second.overlay().detach(timer.source());
    let begin = Instant::now();
    let settled = tokio::time::timeout(Duration::from_secs(1), second.settle()).await;
    assert!(settled.is_ok(), "{second:?}");
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

// Many times, while the machine has other things to do.

/// Keeps processors busy until it is dropped.
struct Stress {
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Stress {
    fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let spin = |_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                while !stop.load(SeqCst) {
                    std::hint::spin_loop();
                }
            })
        };
        let threads = (0..2 * cores).map(spin).collect();
        Self { stop, threads }
    }
}

impl Drop for Stress {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

/// `SETTLES` says how often; `.ci/soak` has it done 10,000 times.
#[test]
fn it_comes_to_rest_however_busy_the_machine_is() {
    let times: u64 = std::env::var("SETTLES").map_or(200, |times| times.parse().unwrap());
    let one = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let several =
        tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_time().build().unwrap();
    let _stress = Stress::begin();
    for seed in 0..times {
        let mut random = fastrand::Rng::with_seed(seed);
        let ways = [Way::Queue, Way::Task, Way::Later, Way::Thread];
        let jobs: Vec<_> =
            (0..random.usize(1..6)).map(|_| (random.u64(0..5), ways[random.usize(0..ways.len())])).collect();
        let runtime = if random.bool() { &one } else { &several };
        runtime.block_on(run_jobs(&jobs, random.usize(1..5)));
    }
}
