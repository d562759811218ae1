//! kameo: actors with a mailbox of 1024, one of them a handler; `tell` waits while it is full.

use std::time::Instant;

use kameo::Actor;
use kameo::actor::{ActorRef, PreparedActor, Spawn as _};
use kameo::mailbox::bounded;
use kameo::message::{Context, Message};
use nexus_workloads::tally::Body;
use nexus_workloads::{Measured, Runtime, Workload};

use super::Task;
use super::events::{Typed, count};

#[derive(Actor)]
struct Sink {
    place: usize,
    others: Vec<ActorRef<Sink>>,
}

impl<const TYPE: usize> Message<Typed<TYPE>> for Sink {
    type Reply = ();

    async fn handle(&mut self, Typed(body): Typed<TYPE>, _: &mut Context<Self, ()>) {
        count(if self.place > 0 { self.place } else { TYPE }, &body);
        for other in &self.others {
            tell::<1>(other, body).await;
        }
    }
}

async fn tell<const TYPE: usize>(to: &ActorRef<Sink>, body: Body) {
    to.tell(Typed::<TYPE>(body)).send().await.expect("the actor runs");
}

fn spawn(place: usize, others: Vec<ActorRef<Sink>>) -> ActorRef<Sink> {
    Sink::spawn_with_mailbox(Sink { place, others }, bounded(1024))
}

async fn end(actor: ActorRef<Sink>) {
    actor.stop_gracefully().await.expect("the actor runs");
    actor.wait_for_shutdown().await;
}

pub(super) fn run(task: Task) -> Option<Measured> {
    let runtime = task.runtime;
    Some(match task.workload {
        Workload::W1 | Workload::W2 | Workload::W6 => runtime.block_on(flow(task)),
        Workload::W3 | Workload::W4 => runtime.block_on(several(task)),
        Workload::W5 => runtime.block_on(latency(task)),
        Workload::Memory if runtime == Runtime::Current => runtime.block_on(async move { memory(task) }),
        _ => return None,
    })
}

async fn flow(task: Task) -> Measured {
    let actor = spawn(0, Vec::new());
    actor.wait_for_startup().await;
    let clock = task.start();
    let producers: Vec<_> = (0..task.producers())
        .map(|place| {
            let actor = actor.clone();
            tokio::spawn(async move {
                if task.workload == Workload::W2 {
                    for round in task.share(place).step_by(64) {
                        seq_macro::seq!(N in 0..64 { #( tell::<N>(&actor, Body::new(round + N)).await; )* });
                    }
                } else {
                    for id in task.share(place) {
                        tell::<0>(&actor, Body::new(id)).await;
                    }
                }
            })
        })
        .collect();
    for producer in producers {
        producer.await.expect("the producer ends well");
    }
    end(actor).await;
    task.stop(clock)
}

/// Each handler is an actor: one that tells four others, or eight that are told by the producer.
async fn several(task: Task) -> Measured {
    let cause = task.workload == Workload::W3;
    let others: Vec<_> = (1..=if cause { 4 } else { 8 }).map(|place| spawn(place, Vec::new())).collect();
    let first = cause.then(|| spawn(0, others.clone()));
    let told: Vec<_> = first.clone().map_or_else(|| others.clone(), |first| vec![first]);
    let clock = task.start();
    let producer = tokio::spawn(async move {
        for id in 0..task.n {
            for actor in &told {
                tell::<0>(actor, Body::new(id)).await;
            }
        }
    });
    producer.await.expect("the producer ends well");
    for actor in first.into_iter().chain(others) {
        end(actor).await;
    }
    task.stop(clock)
}

async fn latency(task: Task) -> Measured {
    let actor = spawn(0, Vec::new());
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        actor.ask(Typed::<0>(Body::new(id))).send().await.expect("the actor answers");
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}

fn memory(task: Task) -> Measured {
    let capacity = usize::try_from(task.n).expect("a number of events") + 16;
    let prepared = PreparedActor::<Sink>::new(bounded(capacity));
    let actor = prepared.actor_ref().clone();
    let before = (task.gauge.live)();
    for id in 0..task.n {
        actor.tell(Typed::<0>(Body::new(id))).try_send().expect("there is room");
    }
    task.waiting(before)
}
