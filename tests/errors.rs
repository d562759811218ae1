//! Errors and panics: reported and accounted for, or passed on, as the policy says. Nothing takes the nexus down.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nexus::prelude::*;
use nexus::{BoxError, Builder, Cause, DeadLetter, IngestError, Policy, RunError, State, Timer};

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("disk full")]
struct DiskFull;

/// Fails, or panics, as its number says.
#[named_event]
#[derive(Clone)]
struct Task(u64);

#[named_event]
struct After(u64);

const FAILS: u64 = 1;
const PANICS: u64 = 2;
const PANICS_LATER: u64 = 3;

/// What was reported.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<String>>>);

impl Reports {
    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn hook(&self, builder: Builder) -> Builder {
        let into = self.0.clone();
        builder.on_error(move |failure, event| {
            let event = event.map_or("no event".to_owned(), |event| format!("#{}", event.id()));
            into.lock().unwrap().push(format!("{failure} ({event})"));
        })
    }
}

fn failing(reports: &Reports) -> Builder {
    reports
        .hook(Nexus::empty())
        .on_async("work", |task: &Task, queue: &mut Queue<After>| {
            assert_ne!(task.0, PANICS, "scripted");
            let number = task.0;
            Box::pin(async move {
                queue.emit(After(number));
                tokio::task::yield_now().await;
                assert_ne!(number, PANICS_LATER, "scripted");
                if number == FAILS { Err(DiskFull.into()) } else { Ok(()) }
            })
        })
        .on("after", |_: &After, _: &mut Queue<()>| ())
}

#[tokio::test]
async fn by_default_errors_and_panics_are_reported_and_the_nexus_goes_on() {
    let reports = Reports::default();
    let nexus = failing(&reports).build().unwrap().start().unwrap();
    for number in 0..5 {
        nexus.ingest(Task(number)).await.expect("an ingest returns without error");
    }
    let ledger = nexus.join().await.unwrap();
    let task = ledger.of::<Task>();
    assert_eq!((task.handled, task.failed), (2, 3), "{ledger}");
    assert_eq!(ledger.of::<After>().handled, 4, "what was emitted before the error is handled");
    let reports = reports.read();
    assert_eq!(reports.len(), 3);
    assert_eq!(reports[0], "`work` failed on `Task` #3: disk full (#3)");
    assert!(reports[1].starts_with("`work` panicked on `Task` #5: "), "{}", reports[1]);
}

#[tokio::test]
async fn a_failing_handler_does_not_keep_the_event_from_the_others() {
    let nexus = Nexus::empty()
        .on("fails", |_: &Task, _: &mut Queue<()>| Err::<(), BoxError>(DiskFull.into()))
        .on("works", |_: &Task, queue: &mut Queue<After>| queue.emit(After(1)))
        .on("after", |_: &After, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Task(0)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(
        (ledger.of::<Task>().failed, ledger.of::<Task>().deliveries, ledger.of::<After>().handled),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn dead_letters_are_events_that_can_be_handled() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let nexus = failing(&Reports::default())
        .on("bury", move |letter: &DeadLetter, _: &mut Queue<()>| {
            let event = letter.event.as_ref().expect("it was borrowed");
            let number = event.payload::<Task>().map(|task| task.0);
            let known = letter.failure.error::<DiskFull>().is_some();
            into.lock().unwrap().push((letter.failure.event_type().unwrap().to_string(), number, known));
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Task(FAILS)).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [("Task".to_owned(), Some(FAILS), true)], "the call waits for it too");
    nexus.ingest(Task(PANICS)).await.unwrap();
    nexus.ingest(Event::new(77, "nobody's", 0, ())).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(seen.lock().unwrap()[2], ("nobody's".to_owned(), None, false));
    assert_eq!(ledger.of::<DeadLetter>().handled, 3, "{ledger}");
}

#[tokio::test]
async fn a_dead_letter_that_fails_makes_no_further_one() {
    let reports = Reports::default();
    let nexus = failing(&reports)
        .on("bury", |_: &DeadLetter, _: &mut Queue<()>| Err::<(), BoxError>("no grave".into()))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Task(FAILS)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<DeadLetter>().accepted, ledger.of::<DeadLetter>().failed), (1, 1), "{ledger}");
    assert_eq!(reports.read().len(), 2);
}

#[handler(Task)]
fn takes_it_away(task: Task) -> Result {
    Err(format!("task {} is lost", task.0).into())
}

#[tokio::test]
async fn a_dead_letter_has_no_event_that_a_handler_took_by_value() {
    let seen = Arc::new(AtomicU64::new(0));
    let count = seen.clone();
    let nexus = Nexus::empty()
        .with::<takes_it_away>()
        .on("bury", move |letter: &DeadLetter, _: &mut Queue<()>| {
            assert!(letter.event.is_none());
            assert_eq!(letter.failure.event_id(), Some(1));
            count.fetch_add(1, SeqCst);
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Task(5)).await.unwrap();
    assert_eq!(nexus.join().await.unwrap().of::<DeadLetter>().handled, 1);
    assert_eq!(seen.load(SeqCst), 1);
}

#[tokio::test]
async fn an_event_that_nobody_handles_is_reported_and_counted_unless_it_may_be_discarded() {
    #[named_event(unhandled = discard)]
    struct Optional;

    let reports = Reports::default();
    let nexus = reports.hook(Nexus::empty()).build().unwrap().start().unwrap();
    nexus.ingest(Task(0)).await.unwrap();
    nexus.ingest(Optional).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<Task>().unhandled, ledger.of::<Optional>().discarded), (1, 1));
    assert_eq!(reports.read(), ["nobody handles `Task` #1 (#1)"]);
}

#[tokio::test]
async fn with_the_policy_fail_an_ingest_gets_the_first_error_of_its_tree_and_the_hook_the_others() {
    let reports = Reports::default();
    let nexus = reports
        .hook(Nexus::empty().policy(Policy::Fail))
        .on("parent", |_: &Task, queue: &mut Queue<After>| (1..4).for_each(|n| queue.emit(After(n))))
        .on("child", |after: &After, _: &mut Queue<()>| match after.0 {
            1 => Ok(()),
            n => Err::<(), BoxError>(format!("child {n}").into()),
        })
        .on("never", |_: &After, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    let Err(IngestError::Failed(failure)) = nexus.ingest(Task(0)).await else { panic!("it failed") };
    assert_eq!(failure.to_string(), "`child` failed on `After` #3: child 2");
    assert!(matches!(failure.cause(), Cause::Error(error) if error.to_string() == "child 2"));
    assert_eq!(reports.read(), ["`child` failed on `After` #4: child 3 (#4)"], "each once, and not to both");
    nexus.ingest(After(1)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<After>().handled, ledger.of::<After>().failed), (2, 2));
    assert_eq!(ledger.of::<After>().deliveries, 6, "the first failing handler ends its event");
}

#[tokio::test]
async fn with_the_policy_fail_the_error_of_a_cancelled_call_goes_to_the_hook() {
    let reports = Reports::default();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let hold = gate.clone();
    let nexus = reports
        .hook(Nexus::empty().policy(Policy::Fail))
        .on_async("work", move |_: &Task, _: &mut Queue<()>| {
            let gate = hold.clone();
            Box::pin(async move {
                gate.acquire().await?.forget();
                Err(DiskFull.into())
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    let mut call = Box::pin(nexus.ingest(Task(1)));
    assert!(futures_util::poll!(&mut call).is_pending());
    drop(call);
    gate.add_permits(1);
    nexus.join().await.unwrap();
    assert_eq!(reports.read(), ["`work` failed on `Task` #1: disk full (#1)"]);
}

#[tokio::test]
async fn with_the_policy_fail_an_error_of_a_converters_event_ends_the_run_at_once() {
    let nexus = Nexus::empty()
        .policy(Policy::Fail)
        .on("work", |task: &Task, queue: &mut Queue<After>| {
            queue.emit(After(task.0));
            if task.0 == 2 { Err::<(), BoxError>(DiskFull.into()) } else { Ok(()) }
        })
        .on("after", |_: &After, _: &mut Queue<()>| ())
        .converter("tasks", futures_util::stream::iter((0..9).map(Task)))
        .build()
        .unwrap();
    let handle = nexus.handle();
    let error = nexus.run().await.unwrap_err();
    assert_eq!(error.to_string(), "the run was ended by an error: `work` failed on `Task` #5: disk full");
    let RunError::Failed { failure, ledger } = error else { panic!("it failed") };
    assert!(failure.error::<DiskFull>().is_some());
    assert_eq!((ledger.of::<Task>().accepted, ledger.of::<After>().dropped), (3, 1), "{ledger}");
    assert_eq!(handle.state(), State::Stopped);
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_timers_event_go_to_the_hook_and_end_the_timer_only_with_the_policy_fail() {
    for (policy, ticks) in [(Policy::Report, 3), (Policy::Fail, 1)] {
        let reports = Reports::default();
        let nexus = reports
            .hook(Nexus::empty().policy(policy))
            .timer("tick", Timer::every(Duration::from_secs(1)).count_up(3), |count| {
                Task(count.unsigned_abs())
            })
            .on("work", |_: &Task, _: &mut Queue<()>| Err::<(), BoxError>(DiskFull.into()))
            .build()
            .unwrap();
        let ledger = nexus.run().await.expect("a timer's error does not end the run");
        assert_eq!(ledger.of::<Task>().failed, ticks);
        assert_eq!(reports.read().len() as u64, ticks);
    }
}

#[tokio::test]
async fn a_converter_that_fails_is_reported_and_has_ended() {
    let reports = Reports::default();
    let items = [Ok(Task(7)), Err(DiskFull), Ok(Task(8))];
    let nexus = reports
        .hook(Nexus::empty())
        .converter("tasks", futures_util::stream::iter(items))
        .on("work", |_: &Task, _: &mut Queue<()>| ())
        .build()
        .unwrap();
    let ledger = nexus.run().await.unwrap();
    assert_eq!(ledger.of::<Task>().handled, 1);
    assert_eq!(reports.read(), ["`tasks` failed: disk full (no event)"]);
    assert!(ledger.to_string().ends_with("\nsource `tasks` failed: disk full"), "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_fails_is_reported_and_ticks_again_unless_the_policy_is_fail() {
    for (policy, handled) in [(Policy::Report, 2), (Policy::Fail, 1)] {
        let reports = Reports::default();
        let tick = |count: i64| if count == 2 { Err(DiskFull) } else { Ok(Task(9)) };
        let nexus = reports
            .hook(Nexus::empty().policy(policy))
            .timer("tick", Timer::every(Duration::from_secs(1)).count_up(3), tick)
            .on("work", |_: &Task, _: &mut Queue<()>| ())
            .build()
            .unwrap();
        let ledger = nexus.run().await.unwrap();
        assert_eq!(ledger.of::<Task>().handled, handled);
        assert_eq!(reports.read(), ["`tick` failed: disk full (no event)"]);
    }
}

#[tokio::test]
async fn a_producer_that_panics_is_reported_and_the_others_go_on() {
    let reports = Reports::default();
    let nexus = reports
        .hook(Nexus::empty())
        .producer("bad", |_: Emitter<Task>| async { assert!(std::thread::panicking(), "no line") })
        .blocking_producer("worse", |_: Emitter<Task>| assert!(std::thread::panicking(), "no thread"))
        .producer("good", |out: Emitter<Task>| async move { out.emit(Task(5)).await })
        .on("work", |_: &Task, _: &mut Queue<()>| ())
        .build()
        .unwrap();
    let ledger = nexus.run().await.unwrap();
    assert_eq!(ledger.of::<Task>().handled, 1);
    let mut reports = reports.read();
    reports.sort();
    assert_eq!(reports, ["`bad` panicked: no line (no event)", "`worse` panicked: no thread (no event)"]);
}

/// Panics when it is dropped.
#[named_event]
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "the destructor");
    }
}

#[tokio::test]
async fn panicking_hooks_and_destructors_harm_nobody() {
    let nexus = Nexus::empty()
        .on_error(|_, _| panic!("the hook"))
        .on("mine", |_: &Mine, _: &mut Queue<()>| ())
        .on("work", |_: &Task, _: &mut Queue<()>| Err::<(), BoxError>(DiskFull.into()))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Mine).await.unwrap();
    nexus.ingest(Task(1)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<Mine>().handled, ledger.of::<Task>().failed), (1, 1));
}

#[tokio::test]
async fn filters_consume_pass_and_fail() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let nexus = Nexus::empty()
        .filter("low", |event: &Event| Verdict::from(event.payload::<Task>().is_some_and(|task| task.0 < 3)))
        .filter("odd", |event: &Event| match event.payload::<Task>() {
            Some(task) if task.0 % 2 == 1 => Err::<Verdict, BoxError>("odd".into()),
            _ => Ok(Verdict::Pass),
        })
        .on("work", move |task: &Task, _: &mut Queue<()>| into.lock().unwrap().push(task.0))
        .build()
        .unwrap()
        .start()
        .unwrap();
    for number in 0..7 {
        nexus.ingest(Task(number)).await.unwrap();
    }
    let account = nexus.join().await.unwrap().of::<Task>();
    assert_eq!(*seen.lock().unwrap(), [4, 6]);
    assert_eq!((account.consumed, account.failed, account.handled, account.deliveries), (3, 2, 2, 2));
}
