//! Channels, and a task that takes events out and calls handlers by a `match`: what most programs on tokio do by hand.
//!
//! A handler's secondary events go into a local queue of that task, which is the fastest that one can write.

use std::collections::VecDeque;
use std::time::Instant;

use nexus_workloads::tally::{Body, expected, expected_even};
use nexus_workloads::{Measured, Runtime, Workload};
use tokio::sync::{mpsc, oneshot};

use super::Task;
use super::events::{Any64, Half, Kib, Risky, Sample, Slow, Text, cook, count};

/// What each channel holds at most, as a nexus by default.
const CAPACITY: usize = 1024;

pub(super) trait Channel: 'static {
    type Sender<T: Send + Unpin + 'static>: Clone + Send + Sync + 'static;
    type Receiver<T: Send + Unpin + 'static>: Send + 'static;

    /// Whether several are received at once.
    const MANY: bool = false;

    fn new<T: Send + Unpin + 'static>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>);

    fn send<T: Send + Unpin + 'static>(to: &Self::Sender<T>, event: T) -> impl Future<Output = ()> + Send;

    fn receive<T: Send + Unpin + 'static>(
        from: &mut Self::Receiver<T>,
    ) -> impl Future<Output = Option<T>> + Send;

    /// Receives several, and says how many.
    fn receive_many<T: Send + Unpin + 'static>(
        from: &mut Self::Receiver<T>,
        events: &mut Vec<T>,
    ) -> impl Future<Output = usize> + Send {
        async {
            events.extend(Self::receive(from).await);
            events.len()
        }
    }
}

const OPEN: &str = "the channel is open";

pub(super) struct Tokio;

impl Channel for Tokio {
    type Sender<T: Send + Unpin + 'static> = mpsc::Sender<T>;
    type Receiver<T: Send + Unpin + 'static> = mpsc::Receiver<T>;

    fn new<T: Send + Unpin + 'static>(capacity: usize) -> (mpsc::Sender<T>, mpsc::Receiver<T>) {
        mpsc::channel(capacity)
    }

    async fn send<T: Send + Unpin + 'static>(to: &mpsc::Sender<T>, event: T) {
        assert!(to.send(event).await.is_ok(), "{OPEN}");
    }

    async fn receive<T: Send + Unpin + 'static>(from: &mut mpsc::Receiver<T>) -> Option<T> {
        from.recv().await
    }
}

pub(super) struct TokioMany;

impl Channel for TokioMany {
    type Sender<T: Send + Unpin + 'static> = mpsc::Sender<T>;
    type Receiver<T: Send + Unpin + 'static> = mpsc::Receiver<T>;

    const MANY: bool = true;

    fn new<T: Send + Unpin + 'static>(capacity: usize) -> (mpsc::Sender<T>, mpsc::Receiver<T>) {
        mpsc::channel(capacity)
    }

    async fn send<T: Send + Unpin + 'static>(to: &mpsc::Sender<T>, event: T) {
        assert!(to.send(event).await.is_ok(), "{OPEN}");
    }

    async fn receive<T: Send + Unpin + 'static>(from: &mut mpsc::Receiver<T>) -> Option<T> {
        from.recv().await
    }

    async fn receive_many<T: Send + Unpin + 'static>(
        from: &mut mpsc::Receiver<T>,
        events: &mut Vec<T>,
    ) -> usize {
        from.recv_many(events, MANY).await
    }
}

/// How many are received at once.
const MANY: usize = 256;

pub(super) struct Kanal;

impl Channel for Kanal {
    type Sender<T: Send + Unpin + 'static> = kanal::AsyncSender<T>;
    type Receiver<T: Send + Unpin + 'static> = kanal::AsyncReceiver<T>;

    fn new<T: Send + Unpin + 'static>(capacity: usize) -> (kanal::AsyncSender<T>, kanal::AsyncReceiver<T>) {
        kanal::bounded_async(capacity)
    }

    async fn send<T: Send + Unpin + 'static>(to: &kanal::AsyncSender<T>, event: T) {
        assert!(to.send(event).await.is_ok(), "{OPEN}");
    }

    async fn receive<T: Send + Unpin + 'static>(from: &mut kanal::AsyncReceiver<T>) -> Option<T> {
        from.recv().await.ok()
    }
}

pub(super) fn run<C: Channel>(task: Task) -> Option<Measured> {
    let runtime = task.runtime;
    Some(match task.workload {
        Workload::W1 | Workload::W2 | Workload::W3 | Workload::W4 | Workload::W6 => {
            runtime.block_on(flow::<C>(task))
        }
        Workload::Hop | Workload::Cores => runtime.block_on(hop::<C>(task)),
        Workload::W5 => runtime.block_on(latency::<C>(task)),
        Workload::Memory if runtime == Runtime::Current => runtime.block_on(memory::<C>(task)),
        Workload::Text => runtime.block_on(single::<C, Text>(task)),
        Workload::Kib => runtime.block_on(single::<C, Kib>(task)),
        Workload::Filter => runtime.block_on(single::<C, Half>(task)),
        Workload::Timer => runtime.block_on(single::<C, Slow>(task)),
        Workload::Failing => runtime.block_on(single::<C, Risky>(task)),
        Workload::Memory | Workload::MemoryMeta | Workload::Levels | Workload::Meta => return None,
    })
}

/// A handler: they are `async` here too.
#[allow(clippy::unused_async, reason = "that is what is measured")]
async fn handler<const PLACE: usize>(body: &Body) {
    count(PLACE, body);
}

#[inline]
async fn dispatch(event: &Any64, local: &mut VecDeque<Any64>, workload: Workload) {
    match (workload, event) {
        (Workload::W3, Any64::E0(body)) => local.extend(Any64::secondary(*body)),
        (Workload::W4, Any64::E0(body)) => {
            handler::<0>(body).await;
            handler::<1>(body).await;
            handler::<2>(body).await;
            handler::<3>(body).await;
            handler::<4>(body).await;
            handler::<5>(body).await;
            handler::<6>(body).await;
            handler::<7>(body).await;
            return;
        }
        _ => {}
    }
    seq_macro::seq! { N in 0..64 {
        match event {
            #( Any64::E~N(body) => handler::<N>(body).await, )*
        }
    }}
}

#[inline]
async fn dispatch_all(event: Any64, local: &mut VecDeque<Any64>, workload: Workload) {
    dispatch(&event, local, workload).await;
    while let Some(event) = local.pop_front() {
        dispatch(&event, local, workload).await;
    }
}

async fn consume<C: Channel>(mut from: C::Receiver<Any64>, workload: Workload) {
    let mut local = VecDeque::with_capacity(2 * CAPACITY);
    if C::MANY {
        let mut events = Vec::with_capacity(MANY);
        while C::receive_many(&mut from, &mut events).await > 0 {
            for event in events.drain(..) {
                dispatch_all(event, &mut local, workload).await;
            }
        }
    } else {
        while let Some(event) = C::receive(&mut from).await {
            dispatch_all(event, &mut local, workload).await;
        }
    }
}

async fn flow<C: Channel>(task: Task) -> Measured {
    let (to, from) = C::new::<Any64>(CAPACITY);
    let clock = task.start();
    let consumer = tokio::spawn(consume::<C>(from, task.workload));
    for place in 0..task.producers() {
        let to = to.clone();
        tokio::spawn(async move {
            if task.workload == Workload::W2 {
                for id in task.share(place) {
                    C::send(&to, Any64::round_robin(id)).await;
                }
            } else {
                for id in task.share(place) {
                    C::send(&to, Any64::first(id)).await;
                }
            }
        });
    }
    drop(to);
    consumer.await.expect("the consumer ends well");
    task.stop(clock)
}

/// Two tasks, one behind the other.
async fn hop<C: Channel>(task: Task) -> Measured {
    let ((to, from), (on, last)) = (C::new::<Body>(CAPACITY), C::new::<Body>(CAPACITY));
    let clock = task.start();
    tokio::spawn(async move {
        for id in 0..task.n {
            C::send(&to, Body::new(id)).await;
        }
    });
    tokio::spawn(stage::<C, 0>(from, task.workload, Some(on)));
    let last = tokio::spawn(stage::<C, 1>(last, task.workload, None));
    last.await.expect("the last one ends well");
    task.stop(clock)
}

async fn stage<C: Channel, const PLACE: usize>(
    mut from: C::Receiver<Body>,
    workload: Workload,
    to: Option<C::Sender<Body>>,
) {
    let mut events = Vec::with_capacity(MANY);
    while C::receive_many(&mut from, &mut events).await > 0 {
        for body in events.drain(..) {
            cook::<PLACE>(&body, workload);
            if let Some(to) = &to {
                C::send(to, body).await;
            }
        }
    }
}

async fn latency<C: Channel>(task: Task) -> Measured {
    let (to, mut from) = C::new::<(Any64, oneshot::Sender<()>)>(CAPACITY);
    tokio::spawn(async move {
        let mut local = VecDeque::new();
        while let Some((event, done)) = C::receive(&mut from).await {
            dispatch(&event, &mut local, task.workload).await;
            done.send(()).ok();
        }
    });
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        let (done, answer) = oneshot::channel();
        C::send(&to, (Any64::first(id), done)).await;
        answer.await.expect("it is handled");
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}

async fn memory<C: Channel>(task: Task) -> Measured {
    let before = (task.gauge.live)();
    let (to, from) = C::new::<Any64>(usize::try_from(task.n).expect("a number of events"));
    for id in 0..task.n {
        C::send(&to, Any64::first(id)).await;
    }
    let measured = task.waiting(before);
    drop(from);
    measured
}

/// A channel of the event itself, for workloads with one type.
async fn single<C: Channel, S: Sample>(task: Task) -> Measured {
    let (to, mut from) = C::new::<S>(CAPACITY);
    let clock = task.start();
    let consumer = tokio::spawn(async move {
        let mut failed = 0;
        let mut events = Vec::with_capacity(MANY);
        while C::receive_many(&mut from, &mut events).await > 0 {
            for event in events.drain(..) {
                if event.passes() {
                    failed += u64::from(event.handle().await.is_err());
                }
            }
        }
        failed
    });
    tokio::spawn(async move {
        for id in 0..task.n {
            C::send(&to, S::new(id)).await;
        }
    });
    let failed = consumer.await.expect("the consumer ends well");
    let measured = match task.workload {
        Workload::Filter => clock.stop(expected_even(task.n)),
        _ => clock.stop(expected(task.n, 1)),
    };
    super::check_failures(task, failed);
    measured
}
