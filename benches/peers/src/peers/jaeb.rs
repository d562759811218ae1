//! jaeb: an event bus on tokio. Synchronous handlers run in the caller of `publish`, which then waits for them; asynchronous ones
//! are tasks.

use std::time::Instant;

use jaeb::{EventBus, EventHandler, HandlerResult, SyncEventHandler};
use nexus_workloads::tally::{Body, expected, hit_shared, total};
use nexus_workloads::{Measured, Workload};

use super::Task;
use super::events::Typed;

struct Asynchronous {
    place: usize,
    cause: bool,
}

struct Synchronous {
    place: usize,
}

impl<const TYPE: usize> EventHandler<Typed<TYPE>> for Asynchronous {
    async fn handle(&self, Typed(body): &Typed<TYPE>, bus: &EventBus) -> HandlerResult {
        hit_shared(self.place, body.id, &body.bytes);
        if self.cause {
            bus.publish(Typed::<1>(*body)).await?;
            bus.publish(Typed::<2>(*body)).await?;
            bus.publish(Typed::<3>(*body)).await?;
            bus.publish(Typed::<4>(*body)).await?;
        }
        Ok(())
    }
}

impl<const TYPE: usize> SyncEventHandler<Typed<TYPE>> for Synchronous {
    fn handle(&self, Typed(body): &Typed<TYPE>, _: &EventBus) -> HandlerResult {
        hit_shared(self.place, body.id, &body.bytes);
        Ok(())
    }
}

pub(super) fn run(task: Task, synchronous: bool) -> Option<Measured> {
    match task.workload {
        Workload::W1 | Workload::W2 | Workload::W4 | Workload::W6 => {}
        // A synchronous handler cannot publish, and nothing tells when an asynchronous one is done.
        Workload::W3 if !synchronous => {}
        Workload::W5 if synchronous => {}
        _ => return None,
    }
    Some(task.runtime.block_on(measure(task, synchronous)))
}

async fn subscribe<const TYPE: usize>(bus: &EventBus, place: usize, cause: bool, synchronous: bool) {
    if synchronous {
        let _stays = bus.subscribe::<Typed<TYPE>, _, _>(Synchronous { place }).await.expect("a subscription");
    } else {
        let _stays =
            bus.subscribe::<Typed<TYPE>, _, _>(Asynchronous { place, cause }).await.expect("a subscription");
    }
}

async fn publish<const TYPE: usize>(bus: &EventBus, id: u64) {
    bus.publish(Typed::<TYPE>(Body::new(id))).await.expect("the bus is open");
}

async fn measure(task: Task, synchronous: bool) -> Measured {
    let bus = EventBus::builder().build().await.expect("a bus");
    match task.workload {
        Workload::W2 => {
            seq_macro::seq!(N in 0..64 { #( subscribe::<N>(&bus, N, false, synchronous).await; )* });
        }
        Workload::W3 => {
            subscribe::<0>(&bus, 0, true, synchronous).await;
            seq_macro::seq!(N in 1..5 { #( subscribe::<N>(&bus, N, false, synchronous).await; )* });
        }
        Workload::W4 => {
            for place in 0..8 {
                subscribe::<0>(&bus, place, false, synchronous).await;
            }
        }
        _ => subscribe::<0>(&bus, 0, false, synchronous).await,
    }
    if task.workload == Workload::W5 {
        let mut latencies = task.latencies();
        let clock = task.start();
        for id in 0..task.n {
            let start = Instant::now();
            publish::<0>(&bus, id).await;
            latencies.push(super::nanoseconds(start));
        }
        return task.timed(clock, latencies);
    }
    let clock = task.start();
    let producers: Vec<_> =
        (0..task.producers()).map(|place| tokio::spawn(produce(bus.clone(), task, place))).collect();
    for producer in producers {
        producer.await.expect("the producer ends well");
    }
    while total().0 < expected(task.n, task.workload.deliveries()).0 {
        tokio::task::yield_now().await;
    }
    task.stop(clock)
}

async fn produce(bus: EventBus, task: Task, place: u64) {
    if task.workload == Workload::W2 {
        for round in task.share(place).step_by(64) {
            seq_macro::seq!(N in 0..64 { #( publish::<N>(&bus, round + N).await; )* });
            if round % 1024 == 0 {
                tokio::task::yield_now().await;
            }
        }
    } else {
        for id in task.share(place) {
            publish::<0>(&bus, id).await;
            if id % 1024 == 0 {
                tokio::task::yield_now().await;
            }
        }
    }
}
