//! Observers of `bevy_ecs`: events are handled by a call, at once, on the caller's thread. There is no queue, no back-pressure and no
//! `async`; an event from another thread has no way in.

#![allow(clippy::needless_pass_by_value, reason = "observers take their event so")]

use std::time::Instant;

use bevy_ecs::event::Event;
use bevy_ecs::observer::On;
use bevy_ecs::system::Commands;
use bevy_ecs::world::World;
use nexus_workloads::tally::Body;
use nexus_workloads::{Measured, Runtime, Workload};

use super::Task;
use super::events::count;

#[derive(Event, Clone, Copy)]
struct Observed<const TYPE: usize>(Body);

fn observer<const TYPE: usize>(event: On<Observed<TYPE>>) {
    count(TYPE, &event.0);
}

fn shared<const PLACE: usize>(event: On<Observed<0>>) {
    count(PLACE, &event.0);
}

fn cause(event: On<Observed<0>>, mut commands: Commands) {
    count(0, &event.0);
    commands.trigger(Observed::<1>(event.0));
    commands.trigger(Observed::<2>(event.0));
    commands.trigger(Observed::<3>(event.0));
    commands.trigger(Observed::<4>(event.0));
}

pub(super) fn run(task: Task) -> Option<Measured> {
    if task.runtime == Runtime::Multi {
        return None;
    }
    let mut world = World::new();
    match task.workload {
        Workload::W1 | Workload::W5 => {
            world.add_observer(observer::<0>);
        }
        Workload::W2 => {
            seq_macro::seq!(N in 0..64 { #( world.add_observer(observer::<N>); )* });
        }
        Workload::W3 => {
            world.add_observer(cause);
            seq_macro::seq!(N in 1..5 { #( world.add_observer(observer::<N>); )* });
        }
        Workload::W4 => {
            seq_macro::seq!(N in 0..8 { #( world.add_observer(shared::<N>); )* });
        }
        _ => return None,
    }
    world.flush();
    let mut latencies = Vec::new();
    let clock = task.start();
    match task.workload {
        Workload::W2 => {
            for round in (0..task.n).step_by(64) {
                seq_macro::seq!(N in 0..64 { #( world.trigger(Observed::<N>(Body::new(round + N))); )* });
            }
        }
        Workload::W5 => {
            latencies = task.latencies();
            for id in 0..task.n {
                let start = Instant::now();
                world.trigger(Observed::<0>(Body::new(id)));
                latencies.push(super::nanoseconds(start));
            }
        }
        _ => (0..task.n).for_each(|id| world.trigger(Observed::<0>(Body::new(id)))),
    }
    world.flush();
    Some(task.timed(clock, latencies))
}
