//! One event at a time, in order; secondary events never wait; an urgent event goes next.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use nexus::prelude::*;
use nexus::{Handle, Order, Timer, WeakHandle};

/// What was handled, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[named_event]
#[derive(Clone)]
struct Reading(u64);

#[named_event]
struct Report(u64);

#[named_event(priority = -10)]
struct Alarm(u64);

#[named_event(priority = 7)]
struct Chore(u64);

async fn settle(handle: &Handle) {
    // An ingest of the least urgent kind returns when everything before it is handled.
    handle.ingest(Event::new(0, "settle", i32::MAX, ())).await.unwrap();
}

#[tokio::test]
async fn a_handler_may_emit_a_hundred_thousand_events_at_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let nexus = Nexus::empty()
        .capacity(8)
        .on("burst", |_: &Alarm, queue: &mut Queue<Reading>| {
            (0..100_000).for_each(|n| queue.emit(Reading(n)))
        })
        .on("take", move |reading: &Reading, _: &mut Queue<()>| into.lock().unwrap().push(reading.0))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Alarm(0)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert!(seen.lock().unwrap().iter().copied().eq(0..100_000), "all of them, in order");
    assert_eq!(ledger.of::<Reading>().handled, 100_000);
    assert!(ledger.is_balanced());
}

#[tokio::test]
async fn a_long_cycle_lets_timers_through_on_one_thread() {
    let (hops, ticks) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (hop, tick) = (hops.clone(), ticks.clone());
    let ledger = Nexus::empty()
        .on("hop", move |_: &Reading, _: &mut Queue<()>| {
            let hops = hop.fetch_add(1, SeqCst) + 1;
            assert!(hops < 500_000_000, "the timer never came through");
            // At least 10,000 hops, and on until the timer has been seen.
            (hops < 10_000 || tick.load(SeqCst) == 0).then_some(Reading(hops))
        })
        .timer("tick", Timer::every(Duration::from_millis(1)).once(), |_| Report(1))
        .on("ticked", move |_: &Report, _: &mut Queue<()>| {
            ticks.fetch_add(1, SeqCst);
        })
        .converter("begin", futures_util::stream::iter([Reading(0)]))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.of::<Reading>().handled, hops.load(SeqCst));
    assert_eq!(ledger.of::<Report>().handled, 1);
}

#[tokio::test]
async fn after_a_million_waiting_readings_an_alarm_is_handled_next() {
    let log = Log::default();
    let (first, second) = (log.clone(), log.clone());
    let (counted, before) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
    let (count, seen, at) = (counted.clone(), counted.clone(), before.clone());
    let nexus = Nexus::empty()
        .on("flood", |_: &Report, queue: &mut Queue<(Reading, Alarm)>| {
            (0..1_000_000).for_each(|n| queue.emit(Reading(n)));
            queue.emit(Alarm(1));
        })
        .on("read", move |_: &Reading, _: &mut Queue<()>| {
            if count.fetch_add(1, SeqCst) == 0 {
                first.note("reading");
            }
        })
        .on("alarm", move |_: &Alarm, _: &mut Queue<()>| {
            at.store(seen.load(SeqCst), SeqCst);
            second.note("alarm");
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Report(0)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(before.load(SeqCst), 0, "no reading was handled before the alarm");
    assert_eq!(log.read(), ["alarm", "reading"]);
    assert_eq!(ledger.of::<Reading>().handled, 1_000_000);
}

#[tokio::test]
async fn an_alarm_from_outside_overtakes_what_waits() {
    let log = Log::default();
    let (readings, alarms) = (log.clone(), log.clone());
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let open = gate.clone();
    let nexus = Nexus::empty()
        .capacity(None)
        .on_async("read", move |reading: &Reading, _: &mut Queue<()>| {
            let (gate, log, n) = (gate.clone(), readings.clone(), reading.0);
            Box::pin(async move {
                gate.acquire().await?.forget();
                log.note(format!("reading {n}"));
                Ok(())
            })
        })
        .on("alarm", move |alarm: &Alarm, _: &mut Queue<()>| alarms.note(format!("alarm {}", alarm.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    for n in 0..3 {
        nexus.emit(Reading(n)).await.unwrap();
    }
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    nexus.emit(Alarm(0)).await.unwrap();
    open.add_permits(3);
    nexus.join().await.unwrap();
    assert_eq!(log.read(), ["reading 0", "alarm 0", "reading 1", "reading 2"]);
}

fn levels(order: Order, log: &Log) -> nexus::Nexus {
    let [a, b, c] = [log.clone(), log.clone(), log.clone()];
    Nexus::empty()
        .queue(order)
        .on("mixed", |_: &Report, queue: &mut Queue<(Chore, Reading, Alarm)>| {
            for n in 0..2 {
                queue.emit(Chore(n));
                queue.emit(Reading(n));
                queue.emit(Alarm(n));
            }
        })
        .on("chore", move |chore: &Chore, _: &mut Queue<()>| a.note(format!("chore {}", chore.0)))
        .on("reading", move |reading: &Reading, _: &mut Queue<()>| b.note(format!("reading {}", reading.0)))
        .on("alarm", move |alarm: &Alarm, _: &mut Queue<()>| c.note(format!("alarm {}", alarm.0)))
        .build()
        .unwrap()
}

#[tokio::test]
async fn lower_numbers_go_first_and_equals_in_order() {
    let log = Log::default();
    let nexus = levels(Order::Priority, &log).start().unwrap();
    nexus.ingest(Report(0)).await.unwrap();
    assert_eq!(log.read(), ["alarm 0", "alarm 1", "reading 0", "reading 1", "chore 0", "chore 1"]);
    nexus.stop().unwrap();
}

#[tokio::test]
async fn a_fifo_queue_ignores_priorities() {
    let log = Log::default();
    let nexus = levels(Order::Fifo, &log).start().unwrap();
    nexus.ingest(Report(0)).await.unwrap();
    assert_eq!(log.read(), ["chore 0", "reading 0", "alarm 0", "chore 1", "reading 1", "alarm 1"]);
    nexus.stop().unwrap();
}

#[tokio::test]
async fn what_arises_is_handled_breadth_first() {
    let log = Log::default();
    let (a, b) = (log.clone(), log.clone());
    let nexus = Nexus::empty()
        .on("parent", move |reading: &Reading, queue: &mut Queue<(Reading, Report)>| {
            a.note(format!("reading {}", reading.0));
            if reading.0 < 3 {
                queue.emit(Reading(reading.0 * 2 + 1));
                queue.emit(Reading(reading.0 * 2 + 2));
                queue.emit(Report(reading.0));
            }
        })
        .on("child", move |report: &Report, _: &mut Queue<()>| b.note(format!("report {}", report.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Reading(0)).await.unwrap();
    let order = [0, 1, 2].map(|n| format!("reading {n}"));
    assert_eq!(log.read()[..3], order);
    assert_eq!(
        log.read()[3..],
        ["report 0", "reading 3", "reading 4", "report 1", "reading 5", "reading 6", "report 2"]
    );
    nexus.stop().unwrap();
}

#[tokio::test]
async fn calls_from_eight_tasks_are_each_answered_for_their_own_tree() {
    let inside = Arc::new(AtomicBool::new(false));
    let handled = Arc::new(Mutex::new(Vec::new()));
    let (busy, into) = (inside.clone(), handled.clone());
    let nexus = Nexus::empty()
        .capacity(2)
        .on_async("read", move |reading: &Reading, queue: &mut Queue<Report>| {
            let (busy, n) = (busy.clone(), reading.0);
            Box::pin(async move {
                assert!(!busy.swap(true, SeqCst), "two handlers at once");
                tokio::task::yield_now().await;
                queue.emit(Report(n));
                busy.store(false, SeqCst);
                Ok(())
            })
        })
        .on("report", move |report: &Report, _: &mut Queue<()>| into.lock().unwrap().push(report.0))
        .build()
        .unwrap()
        .start()
        .unwrap();
    let call = |task: u64| {
        let (handle, handled) = (nexus.handle(), handled.clone());
        tokio::spawn(async move {
            for n in 0..200 {
                let id = task * 1000 + n;
                handle.ingest(Reading(id)).await.unwrap();
                assert!(handled.lock().unwrap().contains(&id), "the call returned before its tree was done");
            }
        })
    };
    for task in (0..8).map(call).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.of::<Report>().handled, 1600);
    assert_eq!(ledger.total().failed, 0, "{ledger}");
    let handled = handled.lock().unwrap();
    for task in 0..8 {
        let own: Vec<u64> = handled.iter().copied().filter(|id| id / 1000 == task).collect();
        assert!(own.is_sorted(), "each task's events keep their order");
    }
}

/// The handle that a handler of a full nexus puts events in by.
struct Context {
    weak: WeakHandle,
}

#[tokio::test]
async fn a_handler_of_a_full_nexus_never_waits_for_it_whatever_handle_it_uses() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (hold, open) = (gate.clone(), gate);
    let builder = Nexus::empty().capacity(1);
    let context = Arc::new(Context { weak: builder.weak_handle() });
    let nexus = builder
        .on_async("read", move |reading: &Reading, queue: &mut Queue<Report>| {
            let (gate, context, n) = (hold.clone(), context.clone(), reading.0);
            Box::pin(async move {
                gate.acquire().await?.forget();
                let handle = context.weak.upgrade().expect("alive");
                let emitter = handle.emitter::<Report>();
                queue.emit(Report(n));
                emitter.emit(Report(n + 1)).await?;
                emitter.try_emit(Report(n + 2))?;
                emitter.emit_blocking(Report(n + 3))?;
                handle.ingest(Report(n + 4)).await?;
                futures_util::future::join_all((5..10).map(|k| emitter.emit(Report(n + k)))).await;
                Ok(())
            })
        })
        .on("report", |_: &Report, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.emit(Reading(0)).await.unwrap();
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    // One waits inside, the next ones at the door.
    let outside: Vec<_> = (1..4)
        .map(|n| {
            let handle = nexus.handle();
            tokio::spawn(async move { handle.emit(Reading(n * 100)).await })
        })
        .collect();
    while nexus.ledger().domains[0].at_the_door < 2 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(nexus.try_emit(Reading(9)), Err(nexus::EmitError::Full(Reading(9)))));
    open.add_permits(4);
    for call in outside {
        call.await.unwrap().unwrap();
    }
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.of::<Reading>().handled, 4, "{ledger}");
    assert_eq!(ledger.of::<Report>().handled, 40, "{ledger}");
}

#[tokio::test]
async fn what_waits_at_the_door_enters_in_the_order_of_arrival_and_a_cancelled_call_never() {
    let log = Log::default();
    let into = log.clone();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let hold = gate.clone();
    let nexus = Nexus::empty()
        .capacity(1)
        .on_async("read", move |reading: &Reading, _: &mut Queue<()>| {
            let (gate, log, n) = (hold.clone(), into.clone(), reading.0);
            Box::pin(async move {
                gate.acquire().await?.forget();
                log.note(n.to_string());
                Ok(())
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.emit(Reading(0)).await.unwrap();
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
    nexus.emit(Reading(1)).await.unwrap();
    let mut calls: Vec<_> = (2..6).map(|n| Box::pin(nexus.emit(Reading(n)))).collect();
    for call in &mut calls {
        assert!(futures_util::poll!(call).is_pending());
    }
    drop(calls.remove(1));
    assert_eq!(nexus.ledger().domains[0].at_the_door, 3);
    gate.add_permits(6);
    for call in calls {
        call.await.unwrap();
    }
    nexus.join().await.unwrap();
    assert_eq!(log.read(), ["0", "1", "2", "4", "5"], "3 was cancelled at the door");
}

/// A call drives the dispatcher itself, where that is idle. While its first event is handled, a thread comes to the door; it gets in
/// when the second one is taken, with which the call is done.
#[tokio::test]
async fn who_is_let_in_by_a_call_that_is_done_then_is_handled_too() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let builder = Nexus::empty().capacity(1);
    let weak = builder.weak_handle();
    let nexus = builder
        .on("first", move |_: &Reading, queue: &mut Queue<Chore>| {
            queue.emit(Chore(0));
            let handle = weak.upgrade().unwrap();
            std::thread::spawn({
                let handle = handle.clone();
                move || handle.emit_blocking(Report(1)).unwrap()
            });
            while handle.ledger().domains[0].at_the_door == 0 {
                std::thread::yield_now();
            }
        })
        .on("second", |_: &Chore, _: &mut Queue<()>| ())
        .on("late", move |report: &Report, _: &mut Queue<()>| told.send(report.0).unwrap())
        .build()
        .unwrap()
        .start()
        .unwrap();
    for _ in 0..3 {
        nexus.ingest(Reading(0)).await.unwrap();
        assert_eq!(heard.recv().await, Some(1));
    }
    assert_eq!(nexus.join().await.unwrap().of::<Report>().handled, 3);
}

#[tokio::test]
async fn a_cancelled_ingest_leaves_its_event_to_be_handled() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let hold = gate.clone();
    let nexus = Nexus::empty()
        .on_async("read", move |reading: &Reading, queue: &mut Queue<Report>| {
            let (gate, n) = (hold.clone(), reading.0);
            Box::pin(async move {
                gate.acquire().await?.forget();
                queue.emit(Report(n));
                Ok(())
            })
        })
        .on("report", |_: &Report, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    let mut call = Box::pin(nexus.ingest(Reading(1)));
    assert!(futures_util::poll!(&mut call).is_pending());
    drop(call);
    gate.add_permits(2);
    nexus.ingest(Reading(2)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<Reading>().handled, ledger.of::<Report>().handled), (2, 2), "{ledger}");
}

#[tokio::test]
async fn several_handlers_of_one_event_run_one_after_another_and_the_last_gets_the_event_itself() {
    let log = Log::default();
    let [a, b] = [log.clone(), log.clone()];
    let nexus = Nexus::empty()
        .on("first", move |reading: &Reading, _: &mut Queue<()>| a.note(format!("first {}", reading.0)))
        .on("second", move |reading: &Reading, _: &mut Queue<()>| b.note(format!("second {}", reading.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Reading(1)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(log.read(), ["first 1", "second 1"]);
    assert_eq!((ledger.of::<Reading>().handled, ledger.of::<Reading>().deliveries), (1, 2));
}

#[tokio::test]
async fn dynamic_events_find_handlers_by_type_and_the_default_takes_the_rest() {
    let log = Log::default();
    let [a, b, c, d] = [(); 4].map(|()| log.clone());
    let nexus = Nexus::empty()
        .on_key(10, "ten", move |event: &Event, queue: &mut Queue<Event>| {
            a.note(format!("ten #{}", event.id()));
            queue.emit(Event::new(2, "10", 0, "a string type"));
        })
        .on_key("10", "text", move |event: &Event, _: &mut Queue<()>| {
            b.note(format!("text {}", event.json().unwrap()))
        })
        .on_key("Reading", "by name", move |event: &Event, _: &mut Queue<()>| {
            c.note(format!("reading {}", event.payload::<Reading>().unwrap().0));
        })
        .on_key(nexus::dynamic::Key::Default, "rest", move |event: &Event, _: &mut Queue<()>| {
            d.note(format!("rest {}", event.event_type()))
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Event::new(1, 10, 0, ())).await.unwrap();
    nexus.ingest(Reading(5)).await.unwrap();
    nexus.ingest(Event::new(3, 11, 0, ())).await.unwrap();
    settle(&nexus).await;
    assert_eq!(log.read(), ["ten #1", "text \"a string type\"", "reading 5", "rest 11", "rest settle"]);
    nexus.stop().unwrap();
}

#[tokio::test]
async fn a_dynamic_event_of_a_typed_name_is_a_failure_of_the_typed_handler() {
    let nexus =
        Nexus::empty().on("read", |_: &Reading, _: &mut Queue<()>| ()).build().unwrap().start().unwrap();
    nexus.ingest(Event::new(1, "Reading", 0, 5)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.of::<Reading>().failed, 1);
}

/// When events came that wait while the handler has each of them for ten seconds: seconds after the start.
async fn times_of(
    build: impl FnOnce(nexus::Builder) -> nexus::Builder,
    put: impl AsyncFnOnce(&Handle),
) -> Vec<u64> {
    let (seen, start) = (Arc::new(Mutex::new(Vec::new())), tokio::time::Instant::now());
    let into = seen.clone();
    let builder = Nexus::empty().on_async("slow", move |_: &Reading, queue: &mut Queue<()>| {
        into.lock().unwrap().push((queue.meta().time() - start).as_secs());
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok::<(), nexus::BoxError>(())
        })
    });
    let nexus = build(builder).build().unwrap().start().unwrap();
    put(&nexus.handle()).await;
    nexus.join().await.unwrap();
    seen.lock().unwrap().clone()
}

async fn after_five_seconds() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn meta_tells_when_an_event_came_however_long_it_has_waited_and_whoever_brought_it() {
    let one_by_one = times_of(
        |builder| builder,
        async |handle| {
            handle.emit(Reading(0)).await.unwrap();
            handle.emit(Reading(1)).await.unwrap();
            after_five_seconds().await;
            handle.emit(Reading(2)).await.unwrap();
        },
    );
    assert_eq!(one_by_one.await, [0, 0, 5]);
    let together = times_of(
        |builder| builder,
        async |handle| {
            let (emitter, mut batch) = (handle.emitter::<Reading>(), nexus::Batch::new());
            batch.push(Reading(0));
            batch.push(Reading(1));
            emitter.emit_batch(&mut batch).await.unwrap();
            after_five_seconds().await;
            batch.push(Reading(2));
            emitter.emit_batch(&mut batch).await.unwrap();
        },
    );
    assert_eq!(together.await, [0, 0, 5]);
    let pulled = times_of(
        |builder| {
            let later = futures_util::stream::once(async {
                after_five_seconds().await;
                Reading(2)
            });
            let readings = futures_util::stream::iter([Reading(0), Reading(1)]).chain(later);
            builder.converter_ahead("readings", 6, readings)
        },
        async |_| {},
    );
    assert_eq!(pulled.await, [0, 0, 5]);
}
