//! ractor: actors with one type of messages and an unbounded mailbox.

use std::time::Instant;

use nexus_workloads::{Measured, Runtime, Workload};
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};
use tokio::task::{JoinHandle, yield_now};

use super::Task;
use super::events::{Any64, count};

enum Message {
    Event(Any64),
    Ask(Any64, RpcReplyPort<()>),
}

struct Sink {
    place: usize,
    others: Vec<ActorRef<Message>>,
}

impl Actor for Sink {
    type Msg = Message;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Message>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Event(event) => {
                if self.place > 0 {
                    count(self.place, event.body());
                } else {
                    event.handle();
                }
                if let Any64::E0(body) = event {
                    for other in &self.others {
                        send(other, Any64::E1(body));
                    }
                }
            }
            Message::Ask(event, answer) => {
                event.handle();
                answer.send(())?;
            }
        }
        Ok(())
    }
}

type Spawned = (ActorRef<Message>, JoinHandle<()>);

fn send(to: &ActorRef<Message>, event: Any64) {
    assert!(to.send_message(Message::Event(event)).is_ok(), "the actor runs");
}

async fn spawn(place: usize, others: Vec<ActorRef<Message>>) -> Spawned {
    Actor::spawn(None, Sink { place, others }, ()).await.expect("the actor starts")
}

async fn end((actor, task): Spawned) {
    actor.drain().expect("the actor runs");
    task.await.expect("the actor ends well");
}

pub(super) fn run(task: Task) -> Option<Measured> {
    let runtime = task.runtime;
    Some(match task.workload {
        Workload::W1 | Workload::W2 | Workload::W6 => runtime.block_on(flow(task)),
        Workload::W3 | Workload::W4 => runtime.block_on(several(task)),
        Workload::W5 => runtime.block_on(latency(task)),
        Workload::Memory if runtime == Runtime::Current => runtime.block_on(memory(task)),
        _ => return None,
    })
}

async fn flow(task: Task) -> Measured {
    let actor = spawn(0, Vec::new()).await;
    let clock = task.start();
    let producers: Vec<_> = (0..task.producers())
        .map(|place| {
            let actor = actor.0.clone();
            tokio::spawn(async move {
                for id in task.share(place) {
                    let round_robin = task.workload == Workload::W2;
                    send(&actor, if round_robin { Any64::round_robin(id) } else { Any64::first(id) });
                    if id % 1024 == 1023 {
                        yield_now().await;
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

/// Each handler is an actor: one that sends to four others, or eight that the producer sends to.
async fn several(task: Task) -> Measured {
    let cause = task.workload == Workload::W3;
    let mut actors = Vec::new();
    for place in 1..=if cause { 4 } else { 8 } {
        actors.push(spawn(place, Vec::new()).await);
    }
    let mut told: Vec<_> = actors.iter().map(|(actor, _)| actor.clone()).collect();
    if cause {
        let first = spawn(0, std::mem::take(&mut told)).await;
        told.push(first.0.clone());
        actors.insert(0, first);
    }
    let clock = task.start();
    let producer = tokio::spawn(async move {
        for id in 0..task.n {
            for actor in &told {
                send(actor, Any64::first(id));
            }
            if id % 256 == 255 {
                yield_now().await;
            }
        }
    });
    producer.await.expect("the producer ends well");
    for actor in actors {
        end(actor).await;
    }
    task.stop(clock)
}

async fn latency(task: Task) -> Measured {
    let (actor, _task) = spawn(0, Vec::new()).await;
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        ractor::call!(actor, |answer| Message::Ask(Any64::first(id), answer)).expect("the actor answers");
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}

/// The actor has no turn while this sends.
async fn memory(task: Task) -> Measured {
    let (actor, _task) = spawn(0, Vec::new()).await;
    let before = (task.gauge.live)();
    for id in 0..task.n {
        send(&actor, Any64::first(id));
    }
    task.waiting(before)
}
