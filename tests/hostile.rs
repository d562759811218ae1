//! Users' code at its worst: errors, destructors and streams that panic, block or never rest. The nexus goes on, ends when
//! it is told to, and accounts for everything.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, stream};
use nexus::prelude::*;
use nexus::{BoxError, EmitError, Ledger, RunError, Running, State};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tracing::{Metadata, Subscriber, span};

#[named_event]
#[derive(Clone, Debug)]
struct Job(u64);

#[named_event(unhandled = discard)]
struct Done;

/// Runs a program on a thread of its own, so that one that hangs is a failure and no endless test.
fn bounded<T: Send + 'static>(program: impl FnOnce() -> T + Send + 'static) -> T {
    let (result, ended) = mpsc::channel();
    std::thread::spawn(move || result.send(program()));
    ended.recv_timeout(Duration::from_secs(60)).expect("it ends, and does not panic")
}

/// Puts a job in that its handler does not end at once, and waits until it is in hand.
async fn has_in_hand(nexus: &Handle, job: Job) {
    nexus.emit(job).await.unwrap();
    while nexus.ledger().domains[0].in_hand.is_none() {
        tokio::task::yield_now().await;
    }
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn threads(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
}

#[derive(Debug)]
struct PanicsWhenShown;

impl fmt::Display for PanicsWhenShown {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("shown")
    }
}

impl std::error::Error for PanicsWhenShown {}

#[derive(Debug, thiserror::Error)]
#[error("dropped")]
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

fn five_jobs_one_of_which_fails(error: fn() -> BoxError) -> Ledger {
    let program = Nexus::empty()
        .on("work", move |job: &Job, _: &mut Queue<()>| if job.0 == 1 { Err(error()) } else { Ok(()) })
        .converter("jobs", stream::iter((0..5).map(Job)))
        .build()
        .unwrap();
    one_thread().block_on(program.run()).unwrap()
}

#[test]
fn an_error_that_panics_when_it_is_shown_or_dropped_is_an_error_like_any_other() {
    for error in [|| PanicsWhenShown.into(), || PanicsWhenDropped.into()] as [fn() -> BoxError; 2] {
        let account = five_jobs_one_of_which_fails(error).of::<Job>();
        assert_eq!((account.failed, account.handled), (1, 4));
    }
}

#[test]
fn a_source_whose_error_panics_when_it_is_shown_is_in_the_ledger() {
    let items = [Ok(Job(1)), Err(PanicsWhenShown)];
    let nexus =
        Nexus::empty().on("work", |_: &Job, _: &mut Queue<()>| ()).converter("jobs", stream::iter(items));
    let ledger = one_thread().block_on(nexus.build().unwrap().run()).unwrap();
    assert_eq!(ledger.domains[0].source_failures.len(), 1);
    assert!(
        ledger.to_string().contains("source `jobs` failed: an error that panics when it is displayed"),
        "{ledger}"
    );
}

#[test]
fn a_converter_that_yields_nothing_again_and_again_lets_others_run_and_can_be_ended() {
    for runtime in [one_thread, || threads(2)] as [fn() -> Runtime; 2] {
        let ledger = bounded(move || {
            runtime().block_on(async {
                let nexus = Nexus::empty()
                    .on("work", |_: &Job, _: &mut Queue<()>| ())
                    .converter("nothing", stream::repeat_with(|| None::<Job>))
                    .build()
                    .unwrap()
                    .start()
                    .unwrap();
                nexus.ingest(Job(1)).await.unwrap();
                nexus.abort().unwrap();
                nexus.join().await.unwrap()
            })
        });
        assert_eq!(ledger.of::<Job>().handled, 1);
    }
}

#[test]
fn a_producer_of_a_nexus_without_bound_lets_others_run() {
    let ledger = bounded(|| {
        one_thread().block_on(async {
            let nexus = Nexus::empty()
                .capacity(None)
                .on("done", |_: &Done, _: &mut Queue<()>| ())
                .on("work", |_: &Job, _: &mut Queue<()>| ())
                .producer(
                    "endless",
                    |out: Emitter<Done>| async move { while out.emit(Done).await.is_ok() {} },
                )
                .build()
                .unwrap()
                .start()
                .unwrap();
            nexus.ingest(Job(1)).await.unwrap();
            nexus.stop().unwrap();
            nexus.join().await.unwrap()
        })
    });
    assert!(ledger.is_balanced());
}

/// Waits for a thread when it is dropped.
struct Joins(Option<JoinHandle<()>>);

impl Drop for Joins {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            thread.join().ok();
        }
    }
}

/// Fills the nexus from a thread until it refuses.
fn fill(handle: Handle) -> Joins {
    Joins(Some(std::thread::spawn(move || while handle.emit_blocking(Job(1)).is_ok() {})))
}

#[test]
fn destructors_that_wait_for_a_thread_at_the_door_do_not_block_a_stop_or_an_abort() {
    for abort in [false, true] {
        bounded(move || {
            threads(2).block_on(async {
                let builder = Nexus::empty().capacity(1);
                let weak = builder.weak_handle();
                let state = Arc::new(Mutex::new(None));
                let owned = state.clone();
                let nexus = builder
                    .on_async("work", move |_: &Job, _: &mut Queue<()>| {
                        let guard = fill(weak.upgrade().unwrap());
                        *owned.lock().unwrap() = Some(fill(weak.upgrade().unwrap()));
                        Box::pin(async move {
                            let _guard = guard;
                            if abort { std::future::pending().await } else { Ok(()) }
                        })
                    })
                    .producer("producer", |out: Emitter<Job>| async move {
                        let thread = std::thread::spawn(move || while out.emit_blocking(Job(2)).is_ok() {});
                        let _guard = Joins(Some(thread));
                        std::future::pending::<()>().await;
                    })
                    .build()
                    .unwrap()
                    .start()
                    .unwrap();
                drop(state);
                while nexus.ledger().domains[0].at_the_door == 0 {
                    tokio::task::yield_now().await;
                }
                if abort {
                    nexus.abort().unwrap()
                } else {
                    nexus.stop().unwrap()
                }
                assert!(nexus.join().await.unwrap().is_balanced());
            });
        });
    }
}

/// Puts an event in when it is dropped.
struct Last(nexus::WeakHandle);

impl Drop for Last {
    fn drop(&mut self) {
        let Some(handle) = self.0.upgrade() else { return };
        let ingest = move || one_thread().block_on(handle.ingest(Job(99)));
        std::thread::spawn(ingest).join().unwrap().unwrap_err();
    }
}

#[test]
fn a_call_out_of_a_handlers_destructor_is_answered_when_the_nexus_ends_by_itself() {
    let ledger = bounded(|| {
        threads(2).block_on(async {
            let builder = Nexus::empty();
            let last = Last(builder.weak_handle());
            let work = move |_: &Job, _: &mut Queue<()>| {
                let _owned = &last;
            };
            builder
                .on("work", work)
                .converter("jobs", stream::iter([Job(1)]))
                .build()
                .unwrap()
                .run()
                .await
                .unwrap()
        })
    });
    assert_eq!(ledger.of::<Job>().accepted, 1);
}

#[test]
fn who_waits_on_another_runtime_finds_every_domain_closed() {
    for _ in 0..50 {
        let runtime = threads(2);
        let context = runtime.enter();
        let nexus = Nexus::empty()
            .on_async("hold", |_: &Job, _: &mut Queue<()>| Box::pin(std::future::pending()))
            .build()
            .unwrap()
            .start()
            .unwrap();
        drop(context);
        for id in 0..100 {
            nexus.try_emit(Job(id)).unwrap();
        }
        let join = std::thread::spawn(move || one_thread().block_on(nexus.join()).unwrap());
        drop(runtime);
        let ledger = join.join().unwrap();
        assert_eq!((ledger.total().pending, ledger.total().dropped), (0, 100), "{ledger}");
    }
}

#[test]
fn a_handle_that_is_made_while_the_nexus_ends_by_itself_keeps_it_or_is_refused() {
    let runtime = threads(2);
    for _ in 0..500 {
        let builder = Nexus::empty();
        let weak = builder.weak_handle();
        let context = runtime.enter();
        let nexus = builder.on("work", |_: &Job, _: &mut Queue<()>| ()).build().unwrap().start().unwrap();
        drop(context);
        let late = std::thread::spawn(move || {
            let emit = |id| weak.upgrade().is_some_and(|handle| handle.try_emit(Job(id)).is_ok());
            (0..50).take_while(|id| emit(*id)).count() as u64
        });
        let ledger = runtime.block_on(nexus.join()).unwrap();
        assert_eq!(
            ledger.of::<Job>().handled,
            late.join().unwrap(),
            "what was accepted is handled:\n{ledger}"
        );
    }
}

#[test]
fn the_error_hook_and_destructors_of_events_are_inside_and_never_wait() {
    #[named_event]
    struct Carrier {
        _payload: Emits,
    }

    struct Emits(nexus::WeakHandle);

    impl Drop for Emits {
        fn drop(&mut self) {
            self.0.upgrade().unwrap().emit_blocking(Done).unwrap();
        }
    }

    let ledger = bounded(|| {
        threads(2).block_on(async {
            let builder = Nexus::empty().capacity(1);
            let (hook, carried) = (builder.weak_handle(), builder.weak_handle());
            let nexus = builder
                .on("carry", |_: &Carrier, _: &mut Queue<()>| Err::<(), BoxError>("carried".into()))
                .on("done", |_: &Done, _: &mut Queue<()>| ())
                .on_error(move |_, _| hook.upgrade().unwrap().emit_blocking(Done).unwrap())
                .build()
                .unwrap()
                .start()
                .unwrap();
            let calls = (0..10).map(|_| nexus.ingest(Carrier { _payload: Emits(carried.clone()) }));
            for call in futures_util::future::join_all(calls).await {
                call.unwrap();
            }
            nexus.join().await.unwrap()
        })
    });
    assert_eq!((ledger.of::<Carrier>().failed, ledger.of::<Done>().handled), (10, 20), "{ledger}");
}

#[tokio::test]
async fn a_blocking_emit_where_nothing_may_block_panics_and_its_event_never_enters() {
    let nexus = Nexus::empty()
        .capacity(1)
        .on("work", |_: &Job, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.emit(Job(1)).await.unwrap();
    let handle = nexus.handle();
    let blocked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| handle.emit_blocking(Job(2)).is_ok()));
    assert!(blocked.is_err());
    assert_eq!(nexus.ledger().domains[0].at_the_door, 0);
    drop(handle);
    assert_eq!(nexus.join().await.unwrap().of::<Job>().accepted, 1);
}

#[tokio::test]
async fn a_nexus_that_is_dropped_before_its_start_has_ended() {
    let nexus = Nexus::empty().on("work", |_: &Job, _: &mut Queue<()>| ()).build().unwrap();
    let handle = nexus.handle();
    drop(nexus);
    handle.ended().await;
    assert_eq!(handle.state(), State::Stopped);
    assert!(matches!(handle.try_emit(Job(1)), Err(EmitError::Stopped(_))));
}

#[test]
fn a_runtime_without_a_clock_is_refused_where_one_is_needed() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let builder = || {
        Nexus::empty().on("work", |_: &Job, _: &mut Queue<()>| ()).converter("jobs", stream::iter([Job(1)]))
    };
    let error = runtime.block_on(builder().build().unwrap().run()).unwrap_err();
    assert!(matches!(error, RunError::NoClock), "{error}");
    let ledger = runtime.block_on(builder().drain_deadline(None).build().unwrap().run()).unwrap();
    assert_eq!(ledger.of::<Job>().handled, 1);
}

#[test]
fn a_panic_of_a_source_is_told_even_while_the_nexus_ends() {
    let told = Arc::new(AtomicU64::new(0));
    let count = told.clone();
    let ledger = bounded(move || {
        one_thread().block_on(async move {
            let (drained, wait) = mpsc::channel::<()>();
            let (ended, over) = tokio::sync::oneshot::channel::<()>();
            let over = Mutex::new(Some(over));
            let nexus = Nexus::empty()
                .on_error(move |_, _| {
                    count.fetch_add(1, SeqCst);
                })
                .on_async("work", move |_: &Job, _: &mut Queue<()>| {
                    let over = over.lock().unwrap().take();
                    Box::pin(async move {
                        over.expect("one job").await.ok();
                        Ok(())
                    })
                })
                .blocking_producer("thread", move |out: Emitter<Job>| {
                    let _ended = ended;
                    out.emit_blocking(Job(1)).unwrap();
                    wait.recv().unwrap();
                    // A nexus that refuses is no failure of the source; this is one.
                    assert!(out.emit_blocking(Job(2)).is_ok(), "genuine");
                })
                .build()
                .unwrap()
                .start()
                .unwrap();
            while nexus.ledger().domains[0].in_hand.is_none() {
                tokio::task::yield_now().await;
            }
            nexus.drain().unwrap();
            drained.send(()).unwrap();
            nexus.join().await.unwrap()
        })
    });
    assert!(ledger.is_balanced());
    // The handler waits until the thread has unwound, which is just before it is told.
    bounded(move || {
        while told.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
    });
}

#[tokio::test]
async fn a_call_that_began_outside_and_is_awaited_inside_does_not_wait() {
    type Call = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
    let slot: Arc<Mutex<Vec<Call>>> = Arc::default();
    let calls = slot.clone();
    let nexus = Nexus::empty()
        .capacity(1)
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let calls = std::mem::take(&mut *calls.lock().unwrap());
            Box::pin(async move {
                futures_util::future::join_all(calls).await;
                Ok(())
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    for id in 0..3 {
        // The first waits for its tree, the others at the door.
        let handle = nexus.handle();
        let mut call: Call = Box::pin(async move { handle.ingest(Job(id)).await.unwrap() });
        assert!(futures_util::poll!(&mut call).is_pending());
        slot.lock().unwrap().push(call);
    }
    assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 3);
}

#[tokio::test]
async fn what_stands_before_an_error_is_emitted() {
    let items = [vec![Ok(Job(1)), Err("bad"), Ok(Job(2))]];
    let ledger = Nexus::empty()
        .on("work", |_: &Job, _: &mut Queue<()>| ())
        .on_error(|_, _| ())
        .converter("jobs", stream::iter(items))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.of::<Job>().handled, 1);
    assert_eq!(ledger.domains[0].source_failures.len(), 1);
}

thread_local! {
    static OWNED: std::cell::RefCell<Option<EmitsLate>> = const { std::cell::RefCell::new(None) };
}

/// Puts an event in when its thread has ended.
struct EmitsLate(Handle);

impl Drop for EmitsLate {
    fn drop(&mut self) {
        self.0.try_emit(Job(1)).unwrap();
    }
}

#[tokio::test]
async fn a_destructor_of_a_thread_local_can_emit() {
    let nexus = Nexus::empty().on("work", |_: &Job, _: &mut Queue<()>| ()).build().unwrap().start().unwrap();
    let handle = nexus.handle();
    let thread = std::thread::spawn(move || {
        OWNED.with_borrow_mut(|owned| *owned = Some(EmitsLate(handle.clone())));
        handle.try_emit(Job(0)).unwrap();
    });
    thread.join().unwrap();
    assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 2);
}

#[tokio::test]
async fn any_text_is_a_name_of_a_blocking_producer() {
    let ledger = Nexus::empty()
        .on("work", |_: &Job, _: &mut Queue<()>| ())
        .blocking_producer("a\0b", |out: Emitter<Job>| out.emit_blocking(Job(1)))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.of::<Job>().handled, 1);
}

#[tokio::test]
async fn a_call_that_was_refused_at_the_door_is_told_so_even_when_a_handler_awaits_it() {
    type Call = std::pin::Pin<Box<dyn Future<Output = std::result::Result<(), EmitError<Job>>> + Send>>;
    let slot: Arc<Mutex<Option<Call>>> = Arc::default();
    let (call_of, results) = (slot.clone(), Arc::new(Mutex::new(Vec::new())));
    let (gate, told) = (Arc::new(tokio::sync::Semaphore::new(0)), results.clone());
    let hold = gate.clone();
    let nexus = Nexus::empty()
        .capacity(1)
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let (call, told, gate) = (call_of.clone(), told.clone(), hold.clone());
            Box::pin(async move {
                gate.acquire().await?.forget();
                let call = call.lock().unwrap().take();
                if let Some(call) = call {
                    let refused = call.await.is_err();
                    told.lock().unwrap().push(refused);
                }
                Ok(())
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    has_in_hand(&nexus, Job(0)).await;
    nexus.emit(Job(1)).await.unwrap();
    let handle = nexus.handle();
    let mut call: Call = Box::pin(async move { handle.emit(Job(2)).await });
    assert!(futures_util::poll!(&mut call).is_pending());
    *slot.lock().unwrap() = Some(call);
    nexus.drain().unwrap();
    gate.add_permits(9);
    assert_eq!(nexus.join().await.unwrap().of::<Job>().accepted, 2);
    assert_eq!(*results.lock().unwrap(), [true], "it was never accepted, and its caller knows");
}

#[tokio::test]
async fn a_queue_that_is_taken_out_of_its_call_is_no_way_past_the_door() {
    let stolen: Arc<Mutex<Option<Queue<Done>>>> = Arc::default();
    let thief = stolen.clone();
    let nexus = Nexus::empty()
        .capacity(1)
        .on("work", move |_: &Job, queue: &mut Queue<Done>| {
            *thief.lock().unwrap() = Some(std::mem::replace(queue, Queue::new()));
        })
        .on("done", |_: &Done, _: &mut Queue<()>| ())
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Job(1)).await.unwrap();
    let mut queue = stolen.lock().unwrap().take().unwrap();
    for _ in 0..50 {
        queue.emit(Done);
    }
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.of::<Done>().accepted, ledger.of::<Done>().dropped), (50, 50), "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_fails_again_and_again_is_one_line_of_the_ledger() {
    let every = nexus::Timer::every(Duration::from_secs(1)).count_up(1000);
    let ledger = Nexus::empty()
        .on_error(|_, _| ())
        .timer("tick", every, |_| Err::<Done, _>("no sensor"))
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.domains[0].source_failures.len(), 1);
    assert!(
        ledger.to_string().ends_with("source `tick` failed: no sensor (and 999 more before)"),
        "{ledger}"
    );
}

/// A waker of somebody who should not be waked so.
struct Wakes<F>(F);

impl<F: Fn() + Send + Sync> Wake for Wakes<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn waker(wakes: impl Fn() + Send + Sync + 'static) -> Waker {
    Arc::new(Wakes(wakes)).into()
}

/// A nexus for one event that waits besides the one that its handler holds, until it is given a permit for each.
async fn held(gate: &Arc<Semaphore>) -> Running {
    let gate = gate.clone();
    let nexus = Nexus::empty()
        .capacity(1)
        .on_async("work", move |_: &Job, _: &mut Queue<()>| {
            let gate = gate.clone();
            Box::pin(async move {
                gate.acquire().await?.forget();
                Ok(())
            })
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    has_in_hand(&nexus, Job(0)).await;
    nexus
}

#[test]
fn a_waker_that_panics_stops_nothing() {
    let ledger = bounded(|| {
        one_thread().block_on(async {
            let woken = Arc::new(AtomicU64::new(0));
            let count = woken.clone();
            let panics = waker(move || {
                count.fetch_add(1, SeqCst);
                panic!("woken");
            });
            let mut cx = Context::from_waker(&panics);
            let gate = Arc::new(Semaphore::new(0));
            let nexus = held(&gate).await;
            let handle = nexus.handle();
            let mut waits = pin!(handle.ingest(Job(1)));
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            let mut at_the_door = pin!(handle.emit(Job(2)));
            assert!(at_the_door.as_mut().poll(&mut cx).is_pending());
            gate.add_permits(3);
            while nexus.ledger().of::<Job>().handled < 3 {
                tokio::task::yield_now().await;
            }
            assert_eq!(woken.load(SeqCst), 2, "both have been told");
            assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            assert!(at_the_door.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            nexus.stop().unwrap();
            nexus.join().await.unwrap()
        })
    });
    assert_eq!(ledger.of::<Job>().pending, 0, "{ledger}");
}

/// A waker that does something when it is dropped.
struct LastWords<F: Fn() + Send + Sync>(F);

impl<F: Fn() + Send + Sync> Wake for LastWords<F> {
    fn wake(self: Arc<Self>) {}
}

impl<F: Fn() + Send + Sync> Drop for LastWords<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_waker_may_look_at_the_ledger_while_a_call_at_the_door_is_dropped() {
    bounded(|| {
        one_thread().block_on(async {
            let gate = Arc::new(Semaphore::new(0));
            let nexus = held(&gate).await;
            nexus.emit(Job(1)).await.unwrap();
            let (handle, seen) = (nexus.handle(), Arc::new(AtomicU64::new(0)));
            let at_the_door = seen.clone();
            let looks = Waker::from(Arc::new(LastWords(move || {
                at_the_door.fetch_add(1 + handle.ledger().domains[0].at_the_door as u64, SeqCst);
            })));
            let mut call = Box::pin(nexus.emit(Job(2)));
            assert!(call.as_mut().poll(&mut Context::from_waker(&looks)).is_pending());
            assert!(call.as_mut().poll(&mut Context::from_waker(&looks.clone())).is_pending());
            drop(looks);
            assert_eq!(seen.load(SeqCst), 0, "the door keeps it");
            drop(call);
            assert_eq!(seen.load(SeqCst), 1, "it went when nobody stood there any more");
            gate.add_permits(2);
            assert_eq!(nexus.join().await.unwrap().of::<Job>().accepted, 2);
        });
    });
}

#[test]
fn a_waker_that_panics_when_another_takes_its_place_stops_nothing() {
    bounded(|| {
        one_thread().block_on(async {
            let gate = Arc::new(Semaphore::new(0));
            let nexus = held(&gate).await;
            let handle = nexus.handle();
            let mut waits = Box::pin(handle.ingest(Job(1)));
            let mut at_the_door = Box::pin(handle.emit(Job(2)));
            let kept = Arc::new(AtomicBool::new(true));
            let panics = || {
                let kept = kept.clone();
                Waker::from(Arc::new(LastWords(move || assert!(kept.load(SeqCst), "last words"))))
            };
            let calls = [panics(), panics()];
            assert!(waits.as_mut().poll(&mut Context::from_waker(&calls[0])).is_pending());
            assert!(at_the_door.as_mut().poll(&mut Context::from_waker(&calls[1])).is_pending());
            drop(calls);
            // The calls have the last ones of these.
            kept.store(false, SeqCst);
            let mut cx = Context::from_waker(Waker::noop());
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            assert!(at_the_door.as_mut().poll(&mut cx).is_pending());
            gate.add_permits(3);
            waits.await.unwrap();
            at_the_door.await.unwrap();
            drop(handle);
            assert_eq!(nexus.join().await.unwrap().of::<Job>().handled, 3);
        });
    });
}

/// Panics when it is told anything.
struct PanicsWhenTold;

impl Subscriber for PanicsWhenTold {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "nexus"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        panic!("told")
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_subscriber_that_panics_stops_nothing() {
    let fail = |called: fn(&Running) -> BoxFuture<'_, ()>| {
        bounded(move || {
            tracing::subscriber::with_default(PanicsWhenTold, || {
                one_thread().block_on(async {
                    let nexus = Nexus::empty()
                        .on("work", |_: &Job, _: &mut Queue<()>| Err::<(), _>("no"))
                        .build()
                        .unwrap()
                        .start()
                        .unwrap();
                    nexus.started().await;
                    tokio::task::yield_now().await;
                    called(&nexus).await;
                    nexus.drain().unwrap();
                    nexus.join().await.unwrap()
                })
            })
        })
    };
    let in_its_task = fail(|nexus| nexus.emit(Job(1)).map(Result::unwrap).boxed());
    let in_the_call = fail(|nexus| nexus.ingest(Job(1)).map(Result::unwrap).boxed());
    for ledger in [in_its_task, in_the_call] {
        let account = ledger.of::<Job>();
        assert_eq!((account.failed, account.deliveries, account.pending), (1, 1, 0), "{ledger}");
    }
}

/// What a panic leaves, and panics when it is dropped, again and again.
struct Endless;

impl Drop for Endless {
    fn drop(&mut self) {
        std::panic::panic_any(Self);
    }
}

#[tokio::test]
async fn a_panic_whose_value_panics_when_it_is_dropped_is_one_failure() {
    let nexus = Nexus::empty()
        .on("work", |_: &Job, _: &mut Queue<()>| -> () { std::panic::panic_any(Endless) })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Job(1)).await.unwrap();
    nexus.emit(Job(2)).await.unwrap();
    assert_eq!(nexus.join().await.unwrap().of::<Job>().failed, 2);
}
