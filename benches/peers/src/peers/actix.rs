//! actix: actors with synchronous handlers, on one thread. `do_send` waits for no room. With several threads, the actors are on
//! an arbiter's.

use std::time::Instant;

use actix::{Actor, Addr, Arbiter, Context, Handler, Message, System};
use nexus_workloads::tally::Body;
use nexus_workloads::{Measured, Runtime, Workload};
use tokio::task::yield_now;

use super::Task;
use super::events::count;

struct Sink {
    place: usize,
    others: Vec<Addr<Sink>>,
}

impl Actor for Sink {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(1024);
    }
}

struct Event<const TYPE: usize>(Body);

impl<const TYPE: usize> Message for Event<TYPE> {
    type Result = ();
}

impl<const TYPE: usize> Handler<Event<TYPE>> for Sink {
    type Result = ();

    fn handle(&mut self, Event(body): Event<TYPE>, _: &mut Context<Self>) {
        count(if self.place > 0 { self.place } else { TYPE }, &body);
        for other in &self.others {
            other.do_send(Event::<1>(body));
        }
    }
}

/// Is answered when everything before it is handled.
struct Last;

impl Message for Last {
    type Result = ();
}

impl Handler<Last> for Sink {
    type Result = ();

    fn handle(&mut self, _: Last, _: &mut Context<Self>) {}
}

async fn end(actor: Addr<Sink>) {
    actor.send(Last).await.expect("the actor answers");
}

pub(super) fn run(task: Task) -> Option<Measured> {
    if task.workload == Workload::Memory && task.runtime == Runtime::Multi {
        return None;
    }
    System::new().block_on(async move {
        let arbiter = (task.runtime == Runtime::Multi).then(Arbiter::new);
        let spawn = |place: usize, others: Vec<Addr<Sink>>| match &arbiter {
            Some(arbiter) => Sink::start_in_arbiter(&arbiter.handle(), move |_| Sink { place, others }),
            None => Sink { place, others }.start(),
        };
        Some(match task.workload {
            Workload::W1 | Workload::W2 | Workload::W6 => flow(task, spawn(0, Vec::new())).await,
            Workload::W3 => {
                let others: Vec<_> = (1..5).map(|place| spawn(place, Vec::new())).collect();
                let first = spawn(0, others.clone());
                let told = vec![first.clone()];
                several(task, told, std::iter::once(first).chain(others).collect()).await
            }
            Workload::W4 => {
                let actors: Vec<_> = (1..9).map(|place| spawn(place, Vec::new())).collect();
                several(task, actors.clone(), actors).await
            }
            Workload::W5 => latency(task, spawn(0, Vec::new())).await,
            Workload::Memory => {
                let actor = spawn(0, Vec::new());
                let before = (task.gauge.live)();
                for id in 0..task.n {
                    actor.do_send(Event::<0>(Body::new(id)));
                }
                task.waiting(before)
            }
            _ => return None,
        })
    })
}

async fn flow(task: Task, actor: Addr<Sink>) -> Measured {
    end(actor.clone()).await;
    let clock = task.start();
    let producers: Vec<_> = (0..task.producers())
        .map(|place| {
            let actor = actor.clone();
            actix::spawn(async move {
                if task.workload == Workload::W2 {
                    for round in task.share(place).step_by(64) {
                        seq_macro::seq!(N in 0..64 { #( actor.do_send(Event::<N>(Body::new(round + N))); )* });
                        if round % 1024 == 0 {
                            yield_now().await;
                        }
                    }
                } else {
                    for id in task.share(place) {
                        actor.do_send(Event::<0>(Body::new(id)));
                        if id % 1024 == 0 {
                            yield_now().await;
                        }
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

async fn several(task: Task, told: Vec<Addr<Sink>>, actors: Vec<Addr<Sink>>) -> Measured {
    let clock = task.start();
    for id in 0..task.n {
        for actor in &told {
            actor.do_send(Event::<0>(Body::new(id)));
        }
        if id % 256 == 255 {
            yield_now().await;
        }
    }
    for actor in actors {
        end(actor).await;
    }
    task.stop(clock)
}

async fn latency(task: Task, actor: Addr<Sink>) -> Measured {
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        actor.send(Event::<0>(Body::new(id))).await.expect("the actor answers");
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}
