//! Converters are pulled, producers push, timers tick; all of it under back-pressure.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use nexus::prelude::*;
use nexus::{EmitError, Timer};
use tokio::time::Instant;

#[named_event]
struct Item(u64);

#[named_event]
struct Child(u64);

/// What happened, in order, and when.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// How many items there are.
struct Limit(u64);

#[converter]
fn stream(limit: &Limit, log: &Log) -> impl Stream<Item = Item> {
    futures_util::stream::iter(0..limit.0).map(|n| {
        log.note(format!("asked {n}"));
        Item(n)
    })
}

/// Where the next one is.
#[derive(Default)]
struct Next(AtomicU64);

#[converter]
async fn again(next: &Next, limit: &Limit) -> Result<Option<Item>> {
    let n = next.0.fetch_add(1, SeqCst);
    Ok((n < limit.0).then_some(Item(n)))
}

#[converter(ahead = 3)]
fn ahead(limit: &Limit, log: Arc<Log>) -> impl Stream<Item = Item> + use<> {
    futures_util::stream::iter(0..limit.0).map(move |n| {
        log.note(format!("asked {n}"));
        Item(n)
    })
}

#[handler(Item)]
fn item(item: &Item, log: &Log) -> Child {
    log.note(format!("item {}", item.0));
    Child(item.0)
}

#[handler(Child)]
fn child(child: &Child, log: &Log) {
    log.note(format!("child {}", child.0));
}

#[tokio::test]
async fn a_converter_is_asked_again_when_the_tree_of_its_event_is_done() {
    let log = Arc::new(Log::default());
    Nexus::empty()
        .with::<stream>()
        .with::<item>()
        .with::<child>()
        .state(Limit(2))
        .shared_state(log.clone())
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(log.read(), ["asked 0", "item 0", "child 0", "asked 1", "item 1", "child 1"]);
}

#[tokio::test]
async fn an_async_converter_is_asked_until_it_says_that_there_are_no_more() {
    let ledger = Nexus::empty()
        .with::<again>()
        .with::<item>()
        .with::<child>()
        .state(Limit(3))
        .state(Next::default())
        .state(Log::default())
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!((ledger.of::<Item>().handled, ledger.of::<Child>().handled), (3, 3));
}

#[tokio::test]
async fn a_converter_that_may_be_ahead_is_asked_earlier_but_not_without_bound() {
    let log = Arc::new(Log::default());
    Nexus::empty()
        .with::<ahead>()
        .with::<item>()
        .with::<child>()
        .state(Limit(5))
        .shared_state(log.clone())
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    let log = log.read();
    assert_eq!(log[..3], ["asked 0", "asked 1", "asked 2"]);
    let (mut asked, mut done) = (0, 0);
    for line in log {
        asked += u64::from(line.starts_with("asked"));
        done += u64::from(line.starts_with("child"));
        assert!(asked <= done + 3, "at most three trees are under way");
    }
    assert_eq!((asked, done), (5, 5));
}

#[producer]
async fn push(out: Emitter<Item>, log: &Log, limit: &Limit) -> Result {
    for n in 0..limit.0 {
        out.emit(Item(n)).await?;
        log.note(format!("emitted {n}"));
    }
    Ok(())
}

#[tokio::test]
async fn a_producer_waits_while_the_nexus_is_full() {
    let ledger = Nexus::empty()
        .capacity(2)
        .with::<push>()
        .with::<item>()
        .with::<child>()
        .state(Limit(100))
        .state(Log::default())
        .on_error(|failure, _| panic!("{failure}"))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.of::<Child>().handled, 100);
}

#[producer]
fn from_a_thread(out: Emitter<Item>, limit: &Limit) -> Result {
    assert_eq!(std::thread::current().name(), Some("from_a_thread"));
    for n in 0..limit.0 {
        out.emit_blocking(Item(n))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_blocking_producer_has_a_thread_of_its_own_and_waits_there() {
    let ledger = Nexus::empty()
        .capacity(1)
        .with::<from_a_thread>()
        .with::<item>()
        .with::<child>()
        .state(Limit(500))
        .state(Log::default())
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.of::<Item>().handled, 500);
}

#[test]
fn a_stopped_nexus_lets_a_blocked_thread_go() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (told, ending) = std::sync::mpsc::channel();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let hold = gate.clone();
    runtime.block_on(async {
        let nexus = Nexus::empty()
            .capacity(1)
            .blocking_producer("thread", move |out: Emitter<Item>| {
                let refused = (0..).map(|n| out.emit_blocking(Item(n))).find_map(Result::err);
                told.send(matches!(refused, Some(EmitError::Stopped(_)))).ok();
            })
            .on_async("hold", move |_: &Item, _: &mut Queue<()>| {
                let gate = hold.clone();
                Box::pin(async move {
                    gate.acquire().await?.forget();
                    Ok(())
                })
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        while nexus.ledger().domains[0].at_the_door == 0 {
            tokio::task::yield_now().await;
        }
        nexus.stop().unwrap();
        gate.add_permits(1);
        nexus.join().await.unwrap();
    });
    assert!(ending.recv().unwrap(), "the event comes back");
}

/// The periods of the timers below.
struct Periods {
    long: Duration,
}

#[named_event]
struct Tick(i64);

#[timer(every = "10ms", once)]
fn once(count: i64) -> Tick {
    Tick(count)
}

#[timer(every = "1s", count_up = 3)]
fn up(count: i64) -> Tick {
    Tick(count)
}

#[timer(every = |periods: &Periods| periods.long, count_down = 3)]
async fn down(count: i64, periods: &Periods) -> Option<Tick> {
    (!periods.long.is_zero()).then_some(Tick(count))
}

#[timer(every = "1.5s")]
fn ongoing(count: i64, stop: &Next) -> Option<Tick> {
    stop.0.fetch_add(1, SeqCst);
    Some(Tick(count))
}

#[handler(Tick)]
fn ticked(tick: &Tick, log: &Log, begin: &Begin) {
    log.note(format!("{} at {}", tick.0, begin.0.elapsed().as_millis()));
}

/// When the test began.
struct Begin(Instant);

async fn ticks_of<T: nexus::Declared>() -> Vec<String> {
    let log = Arc::new(Log::default());
    Nexus::empty()
        .with::<T>()
        .with::<ticked>()
        .shared_state(log.clone())
        .state(Periods { long: Duration::from_secs(2) })
        .state(Begin(Instant::now()))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    log.read()
}

#[tokio::test(start_paused = true)]
async fn timers_count_as_they_say() {
    assert_eq!(ticks_of::<once>().await, ["1 at 10"]);
    assert_eq!(ticks_of::<up>().await, ["1 at 1000", "2 at 2000", "3 at 3000"]);
    assert_eq!(ticks_of::<down>().await, ["2 at 2000", "1 at 4000", "0 at 6000"]);
}

#[tokio::test(start_paused = true)]
async fn an_ongoing_timer_ticks_until_the_end() {
    let log = Arc::new(Log::default());
    let nexus = Nexus::empty()
        .with::<ongoing>()
        .with::<ticked>()
        .shared_state(log.clone())
        .state(Next::default())
        .state(Begin(Instant::now()))
        .build()
        .unwrap()
        .start()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    nexus.drain().unwrap();
    nexus.join().await.unwrap();
    assert_eq!(log.read(), ["1 at 1500", "2 at 3000", "3 at 4500"]);
}

#[tokio::test(start_paused = true)]
async fn the_next_period_begins_when_the_ticks_tree_is_done() {
    let at = Arc::new(Mutex::new(Vec::new()));
    let (into, begin) = (at.clone(), Instant::now());
    Nexus::empty()
        .timer("tick", Timer::every(Duration::from_secs(1)).count_up(3), Tick)
        .on_async("slow", move |_: &Tick, _: &mut Queue<()>| {
            into.lock().unwrap().push(begin.elapsed().as_millis());
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                Ok(())
            })
        })
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(*at.lock().unwrap(), [1000, 2500, 4000]);
}
