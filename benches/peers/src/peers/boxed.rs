//! What everybody writes first: events as `Arc<dyn Any>` through tokio's mpsc, a `HashMap` from types to handlers, and a boxed
//! future a call.

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use nexus_workloads::tally::Body;
use nexus_workloads::{Measured, Runtime, Workload};
use tokio::sync::{mpsc, oneshot};

use super::Task;
use super::events::{Typed, count};

type AnyEvent = Arc<dyn Any + Send + Sync>;
/// What handlers emit.
type Local = Arc<Mutex<VecDeque<AnyEvent>>>;
type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
type Handler = Arc<dyn Fn(AnyEvent, Local) -> BoxFuture + Send + Sync>;

#[derive(Default)]
struct Bus(HashMap<TypeId, Vec<Handler>>);

impl Bus {
    fn subscribe<const TYPE: usize>(&mut self, place: usize, cause: bool) {
        let handler: Handler = Arc::new(move |event, local| {
            Box::pin(async move {
                let Typed(body) = event.downcast_ref::<Typed<TYPE>>().expect("the type that it is kept for");
                count(place, body);
                if cause {
                    let mut local = local.lock().unwrap_or_else(PoisonError::into_inner);
                    local.push_back(Arc::new(Typed::<1>(*body)));
                    local.push_back(Arc::new(Typed::<2>(*body)));
                    local.push_back(Arc::new(Typed::<3>(*body)));
                    local.push_back(Arc::new(Typed::<4>(*body)));
                }
            })
        });
        self.0.entry(TypeId::of::<Typed<TYPE>>()).or_default().push(handler);
    }

    fn of(workload: Workload) -> Self {
        let mut bus = Self::default();
        match workload {
            Workload::W3 => {
                bus.subscribe::<0>(0, true);
                seq_macro::seq!(N in 1..5 { #( bus.subscribe::<N>(N, false); )* });
            }
            Workload::W4 => (0..8).for_each(|place| bus.subscribe::<0>(place, false)),
            _ => {
                seq_macro::seq!(N in 0..64 { #( bus.subscribe::<N>(N, false); )* });
            }
        }
        bus
    }

    async fn dispatch(&self, event: AnyEvent, local: &Local) {
        let handlers = self.0.get(&(*event).type_id()).expect("every event has a handler");
        for handler in handlers {
            handler(event.clone(), local.clone()).await;
        }
    }

    async fn dispatch_all(&self, event: AnyEvent, local: &Local) {
        self.dispatch(event, local).await;
        loop {
            let next = local.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(event) = next else { break };
            self.dispatch(event, local).await;
        }
    }
}

fn first(id: u64) -> AnyEvent {
    Arc::new(Typed::<0>(Body::new(id)))
}

fn round_robin(id: u64) -> AnyEvent {
    seq_macro::seq!(N in 0..64 {
        match id % 64 {
            #( N => Arc::new(Typed::<N>(Body::new(id))), )*
            _ => unreachable!(),
        }
    })
}

pub(super) fn run(task: Task) -> Option<Measured> {
    let runtime = task.runtime;
    Some(match task.workload {
        Workload::W1 | Workload::W2 | Workload::W3 | Workload::W4 | Workload::W6 => {
            runtime.block_on(flow(task))
        }
        Workload::W5 => runtime.block_on(latency(task)),
        Workload::Memory if runtime == Runtime::Current => runtime.block_on(memory(task)),
        _ => return None,
    })
}

async fn flow(task: Task) -> Measured {
    let bus = Bus::of(task.workload);
    let (to, mut from) = mpsc::channel::<AnyEvent>(1024);
    let clock = task.start();
    let consumer = tokio::spawn(async move {
        let local = Local::default();
        while let Some(event) = from.recv().await {
            bus.dispatch_all(event, &local).await;
        }
    });
    for place in 0..task.producers() {
        let to = to.clone();
        tokio::spawn(async move {
            for id in task.share(place) {
                let event = if task.workload == Workload::W2 { round_robin(id) } else { first(id) };
                to.send(event).await.expect("the channel is open");
            }
        });
    }
    drop(to);
    consumer.await.expect("the consumer ends well");
    task.stop(clock)
}

async fn latency(task: Task) -> Measured {
    let bus = Bus::of(task.workload);
    let (to, mut from) = mpsc::channel::<(AnyEvent, oneshot::Sender<()>)>(1024);
    tokio::spawn(async move {
        let local = Local::default();
        while let Some((event, done)) = from.recv().await {
            bus.dispatch_all(event, &local).await;
            done.send(()).ok();
        }
    });
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        let (done, answer) = oneshot::channel();
        to.send((first(id), done)).await.expect("the channel is open");
        answer.await.expect("it is handled");
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}

async fn memory(task: Task) -> Measured {
    let before = (task.gauge.live)();
    let (to, from) = mpsc::channel::<AnyEvent>(usize::try_from(task.n).expect("a number of events"));
    for id in 0..task.n {
        to.send(first(id)).await.expect("the channel is open");
    }
    let measured = task.waiting(before);
    drop(from);
    measured
}
