//! What one could write by hand for a single thread: a `VecDeque` of an enum, and a `match` in a loop. Nothing is below it.

use std::collections::VecDeque;
use std::time::Instant;

use nexus_workloads::tally::{expected, expected_even};
use nexus_workloads::{Measured, Runtime, Workload};

use super::Task;
use super::events::{Any64, Half, Kib, Risky, Sample, Text, cook, count};

/// How many events are queued before they are handled.
const CHUNK: usize = 1024;

pub(super) fn run(task: Task) -> Option<Measured> {
    if task.runtime == Runtime::Multi {
        return None;
    }
    Some(match task.workload {
        Workload::W1 => chunks(task, CHUNK, Any64::first, |event, _| event.handle()),
        Workload::W2 => chunks(task, CHUNK, Any64::round_robin, |event, _| event.handle()),
        Workload::W3 => chunks(task, CHUNK / 4, Any64::first, |event, queue| {
            event.handle();
            if let Any64::E0(body) = event {
                for event in Any64::secondary(*body) {
                    queue.push_back(event);
                }
            }
        }),
        Workload::W4 => chunks(task, CHUNK, Any64::first, |event, _| match event {
            Any64::E0(body) => (0..8).for_each(|place| count(place, body)),
            other => other.handle(),
        }),
        Workload::Hop | Workload::Cores => chunks(task, CHUNK, Any64::first, |event, _| {
            if let Any64::E0(body) = event {
                cook::<0>(body, task.workload);
                cook::<1>(body, task.workload);
            }
        }),
        Workload::W5 => latency(task),
        Workload::Memory => {
            let before = (task.gauge.live)();
            let queue: VecDeque<Any64> = (0..task.n).fold(VecDeque::new(), |mut queue, id| {
                queue.push_back(Any64::first(id));
                queue
            });
            let measured = task.waiting(before);
            drop(queue);
            measured
        }
        Workload::Text => single::<Text>(task),
        Workload::Kib => single::<Kib>(task),
        Workload::Filter => single::<Half>(task),
        Workload::Failing => single::<Risky>(task),
        Workload::Levels => levels(task),
        Workload::W6 | Workload::MemoryMeta | Workload::Timer | Workload::Meta => return None,
    })
}

#[inline]
fn chunks(
    task: Task,
    chunk: usize,
    make: impl Fn(u64) -> Any64,
    handle: impl Fn(&Any64, &mut VecDeque<Any64>),
) -> Measured {
    let mut queue = VecDeque::with_capacity(4 * CHUNK);
    let clock = task.start();
    for first in (0..task.n).step_by(chunk) {
        queue.extend((first..task.n.min(first + chunk as u64)).map(&make));
        while let Some(event) = queue.pop_front() {
            handle(&event, &mut queue);
        }
    }
    task.stop(clock)
}

fn latency(task: Task) -> Measured {
    let mut queue = VecDeque::with_capacity(4 * CHUNK);
    let mut latencies = task.latencies();
    let clock = task.start();
    for id in 0..task.n {
        let start = Instant::now();
        queue.push_back(Any64::first(id));
        while let Some(event) = queue.pop_front() {
            event.handle();
        }
        latencies.push(super::nanoseconds(start));
    }
    task.timed(clock, latencies)
}

fn single<S: Sample>(task: Task) -> Measured {
    let mut queue = VecDeque::with_capacity(CHUNK);
    let mut failed = 0;
    let clock = task.start();
    for first in (0..task.n).step_by(CHUNK) {
        queue.extend((first..task.n.min(first + CHUNK as u64)).map(S::new));
        while let Some(event) = queue.pop_front() {
            if event.passes() {
                failed += u64::from(event.handle_now().is_err());
            }
        }
    }
    let measured = match task.workload {
        Workload::Filter => clock.stop(expected_even(task.n)),
        _ => clock.stop(expected(task.n, 1)),
    };
    super::check_failures(task, failed);
    measured
}

fn levels(task: Task) -> Measured {
    let mut queues: [VecDeque<Any64>; 4] = std::array::from_fn(|_| VecDeque::with_capacity(CHUNK));
    let clock = task.start();
    for first in (0..task.n).step_by(CHUNK) {
        for id in first..task.n.min(first + CHUNK as u64) {
            let level = [3, 0, 2, 1][usize::try_from(id % 4).unwrap_or_default()];
            queues[level].push_back(Any64::first(id));
        }
        while let Some(event) = queues.iter_mut().find_map(VecDeque::pop_front) {
            event.handle();
        }
    }
    task.stop(clock)
}
