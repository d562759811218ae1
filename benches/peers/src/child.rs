//! One measurement, in a process of its own: a first, short run counts allocations and warms up; a second one, as long as it has
//! been told, is timed.

use std::time::Duration;

use nexus_workloads::{Measured, Runtime, Workload, tally};
use serde_json::{Value, json};

use crate::counting::{GAUGE, count};
use crate::peers::{self, Task};

/// The events of a measurement of memory: as many as fill a buffer that has doubled to 2^20.
pub(crate) const WAITING: u64 = 1_000_000;

/// How long the fastest peer is measured at most, in events.
const MOST: u64 = 1 << 24;

/// Measures and gives a JSON object; `null` if the workload is not for this peer.
pub(crate) fn measure(
    peer: &str,
    workload: Workload,
    runtime: Runtime,
    warm_up: u64,
    time: Duration,
) -> Value {
    let waits = matches!(workload, Workload::Memory | Workload::MemoryMeta);
    let n = match workload {
        Workload::Memory | Workload::MemoryMeta => WAITING,
        // A tick or two of tokio's clock each.
        Workload::Timer => 64,
        _ => warm_up,
    };
    let task = Task { workload, runtime, n, gauge: GAUGE };
    count(true);
    let Some(mut first) = peers::run(peer, task) else {
        return Value::Null;
    };
    count(false);
    if waits {
        return json!({ "bytes_per_queued": first.bytes_per_queued });
    }
    let allocations = per_event(first.allocations, &first);
    if workload != Workload::Timer {
        tally::reset();
        let n = enough(n, first.elapsed, time);
        first = peers::run(peer, Task { n, ..task }).expect("the workload is for this peer");
    }
    let mut latencies = std::mem::take(&mut first.latencies);
    latencies.sort_unstable();
    let percentile = |percent: usize| latencies.get(latencies.len() * percent / 100);
    json!({
        "events_per_s": per_second(&first),
        "p50_ns": percentile(50),
        "p99_ns": percentile(99),
        "allocs_per_event": allocations,
    })
}

/// How many events take that time, if `n` took `elapsed`.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a guess"
)]
fn enough(n: u64, elapsed: Duration, time: Duration) -> u64 {
    let guess = n as f64 * time.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
    (guess.clamp(n as f64, MOST as f64) as u64).next_multiple_of(64)
}

#[allow(clippy::cast_precision_loss, reason = "a figure for a table")]
fn per_event(what: u64, measured: &Measured) -> f64 {
    what as f64 / measured.deliveries as f64
}

#[allow(clippy::cast_precision_loss, reason = "a figure for a table")]
fn per_second(measured: &Measured) -> f64 {
    measured.deliveries as f64 / measured.elapsed.as_secs_f64()
}
