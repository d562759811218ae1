//! A whole program without macros, and without the features that they bring.

use std::time::Duration;

use futures_util::{FutureExt as _, stream};
use nexus::prelude::*;
use nexus::{Filter, Handler, Problem, Timer};

/// What is measured.
struct Reading(f64);

impl NamedEvent for Reading {
    const NAME: &'static str = "Reading";
}

/// What is too much.
struct Alarm(f64);

impl NamedEvent for Alarm {
    const NAME: &'static str = "Alarm";
    const PRIORITY: i32 = -10;
    const EXCLUSIVE: bool = true;
}

/// Counts as it watches.
struct Watch {
    limit: f64,
}

impl Handler<Reading> for Watch {
    type Emits = Alarm;

    async fn handle(&mut self, reading: &Reading, queue: &mut Queue<Alarm>) -> Result {
        if reading.0 > self.limit {
            queue.emit(Alarm(reading.0));
        }
        Ok(())
    }
}

/// A part of its own.
struct Books;

impl Domain for Books {
    const NAME: &'static str = "Books";
}

fn program() -> nexus::Builder {
    Nexus::empty()
        .timer("sample", Timer::every(Duration::from_millis(1)).count_up(3), |_| Reading(25.0))
        .converter("archive", stream::iter([Reading(31.0), Reading(32.0)]))
        .producer("push", |out: Emitter<Reading>| async move { out.emit(Reading(40.0)).await })
        .blocking_producer("thread", |out: Emitter<Reading>| out.emit_blocking(Reading(41.0)))
        .filter("sane", |event: &Event| Verdict::from(event.payload::<Reading>().is_some_and(|r| r.0 > 40.5)))
        .handler("watch", Watch { limit: 30.0 })
        .on_async("ring", |alarm: &Alarm, queue: &mut Queue<Event>| {
            queue.emit(Event::new(1, "rung", 0, alarm.0));
            async { Ok(()) }.boxed()
        })
        .on_key("rung", "note", |event: &Event, _: &mut Queue<()>| assert!(event.json().is_some()))
        .domain::<Books>()
        .on("book", |_: &Reading, _: &mut Queue<()>| ())
}

#[tokio::test]
async fn a_program_by_hand_runs_to_its_end() {
    let ledger = program().build().expect("a whole plan").run().await.expect("no error");
    let (reading, alarm) = (ledger.of::<Reading>(), ledger.of::<Alarm>());
    assert_eq!((reading.handled, reading.consumed, alarm.handled), (6, 1, 3), "{ledger}");
    assert_eq!(ledger.of_type(&"rung".into()).handled, 3);
    assert!(ledger.is_balanced());
}

#[test]
fn a_plan_by_hand_is_checked_and_drawn() {
    let second = program().domain::<nexus::Main>().on("ring too", |_: &Alarm, _: &mut Queue<()>| ());
    let error = second.build().expect_err("`Alarm` is exclusive");
    assert!(matches!(error.problems(), [Problem::SeveralHandlers { .. }]), "{error}");
    assert!(error.to_string().contains("by_hand.rs:"), "{error}");
    assert!(program().plan().mermaid().contains("Main_watch --> Main_Alarm"));
}

/// A component whose methods share it.
struct Count(Vec<&'static str>);

/// Emits what it lets pass once more, once.
struct Echo(bool);

impl Filter for Echo {
    type Emits = Reading;

    async fn filter(&mut self, event: &Event, queue: &mut Queue<Reading>) -> Result<Verdict> {
        tokio::task::yield_now().await;
        if event.is::<Reading>() && !std::mem::replace(&mut self.0, true) {
            queue.emit(Reading(1.0));
        }
        Ok(Verdict::Pass)
    }
}

#[tokio::test]
async fn whatever_an_annotation_can_say_can_be_said_by_hand() {
    let ledger = Nexus::empty()
        .component(Count(Vec::new()))
        .filter_with("echo", Echo(false))
        .method("second", |count: &mut Count, _: &Reading, queue: &mut Queue<Alarm>| {
            count.0.push("second");
            if queue.meta().cause().is_some() {
                queue.emit(Alarm(0.0));
            }
            async { Ok(()) }.boxed()
        })
        .order(-1)
        .method("first", |count: &mut Count, _: &Reading, _: &mut Queue<()>| {
            count.0.push("first");
            async { Ok(()) }.boxed()
        })
        .method("sum", |count: &mut Count, _: &Alarm, _: &mut Queue<()>| {
            assert_eq!(count.0, ["first", "second", "first", "second"]);
            async { Ok(()) }.boxed()
        })
        .on_key_async("rest", "rest", |_: &Event, _: &mut Queue<()>| async { Ok(()) }.boxed())
        .converter_ahead("ahead", 8, stream::iter([Event::new(1, "rest", 0, ())]))
        .timer_async("tick", Timer::every(Duration::from_millis(1)).once(), |_| async { Reading(2.0) })
        .build()
        .expect("a whole plan")
        .run()
        .await
        .expect("no error");
    assert_eq!((ledger.of::<Reading>().handled, ledger.of::<Alarm>().handled), (2, 1), "{ledger}");
    assert_eq!(ledger.of_type(&"rest".into()).handled, 1);
}
