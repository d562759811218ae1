//! What the project promises itself, checked against what was measured.

use nexus_workloads::{Runtime, Workload};

use crate::results::{Results, median, range};
use crate::table::{aligned, count, digits};

/// One promise: what is compared, and the limit.
enum Promise {
    /// A row is so many times as good as a peer.
    Times(Runtime, Workload, &'static str, f64, &'static str),
    /// A row's p50 is at most so many times a peer's.
    Latency(&'static str, f64, &'static str),
    /// A row allocates nothing in steady state.
    Allocations(&'static str),
    /// An event that waits takes at most so many bytes.
    Bytes(Workload, f64),
    /// A row is so many times as fast on two threads as on one.
    Scales(Workload, &'static str, f64),
}

use Promise::{Allocations, Bytes, Latency, Scales, Times};
use Runtime::{Current, Multi};
use Workload::{Cores, Memory, MemoryMeta, W1, W2, W3, W4, W5};

const PROMISES: &[Promise] = &[
    Times(Current, W1, "nexus", 4.0, "tokio_mpsc"),
    Times(Current, W1, "nexus", 2.5, "kanal"),
    Times(Current, W1, "nexus", 3.0, "actix"),
    Times(Current, W1, "nexus", 15.0, "kameo"),
    Times(Current, W1, "nexus", 15.0, "ractor"),
    Times(Current, W1, "nexus", 100.0, "python"),
    Times(Current, W1, "nexus_batch", 0.25, "floor"),
    Times(Current, W1, "nexus_batch", 2.0, "bevy_observers"),
    Times(Current, W1, "nexus_batch", 1000.0, "python_converter"),
    Times(Current, W1, "nexus_pull", 0.25, "floor"),
    Times(Current, W1, "nexus_pull", 2.0, "bevy_observers"),
    Times(Current, W1, "nexus_pull", 1000.0, "python_converter"),
    Times(Current, W2, "nexus", 3.5, "tokio_mpsc"),
    Times(Current, W2, "nexus", 1.0, "bevy_observers"),
    Times(Current, W3, "nexus", 2.0, "bevy_observers"),
    Times(Current, W3, "nexus", 1.3, "kanal"),
    Times(Current, W3, "nexus", 20.0, "kameo"),
    Times(Current, W4, "nexus", 1.5, "bevy_observers"),
    Times(Current, W4, "nexus", 35.0, "kameo"),
    Latency("nexus_ingest", 2.5, "floor"),
    Latency("nexus_ingest", 1.0, "kanal"),
    Allocations("nexus"),
    Allocations("nexus_batch"),
    Allocations("nexus_pull"),
    Allocations("nexus_ingest"),
    Bytes(Memory, 40.0),
    Bytes(MemoryMeta, 64.0),
    Times(Multi, W1, "nexus", 2.0, "kanal"),
    Times(Multi, W1, "nexus", 10.0, "kameo"),
    Scales(Cores, "nexus", 1.3),
    Scales(Cores, "nexus_pull", 1.3),
];

/// What starting up may allocate, spread over the events of a warm-up.
const NO_ALLOCATION: f64 = 0.01;

impl Promise {
    fn what(&self) -> String {
        match self {
            Times(runtime, workload, row, _, peer) => {
                format!("{} {}: `{row}` ÷ `{peer}`", workload.name(), runtime.name())
            }
            Latency(row, _, peer) => format!("W5 ct: p50 of `{row}` ÷ `{peer}`"),
            Allocations(row) => format!("W1 ct: allocations an event, `{row}`"),
            Bytes(workload, _) => format!("{} ct: bytes an event, `nexus`", workload.name()),
            Scales(workload, row, _) => format!("{}: `{row}`, mt ÷ ct", workload.name()),
        }
    }

    fn target(&self) -> String {
        match self {
            Times(_, _, _, times, _) | Scales(_, _, times) => format!("≥ {times}×"),
            Latency(_, times, _) => format!("≤ {times}×"),
            Allocations(_) => format!("< {NO_ALLOCATION}"),
            Bytes(_, most) => format!("≤ {most}"),
        }
    }

    /// The figure, as it is shown, and whether the promise is kept.
    fn measured(&self, results: &Results) -> Option<(String, bool)> {
        Some(match *self {
            Times(runtime, workload, row, times, peer) => {
                let ratio = results.ratio(runtime, workload, row, peer)?;
                let shown = format!("{}×", digits(ratio));
                if runtime == Current {
                    return Some((shown, ratio >= times));
                }
                // Figures jump there with where tokio puts the tasks.
                let (least, most) = range(&results.get(runtime, workload, row)?.events_per_s)?;
                (format!("{shown} ({} – {} events/s)", count(least), count(most)), ratio >= times)
            }
            Latency(row, times, peer) => {
                let ratio = 1.0 / results.ratio(Current, W5, row, peer)?;
                (format!("{}×", digits(ratio)), ratio <= times)
            }
            Allocations(row) => {
                let figure = median(&results.get(Current, W1, row)?.allocs_per_event)?;
                (format!("{figure:.3}"), figure < NO_ALLOCATION)
            }
            Scales(workload, row, times) => {
                let of = |runtime| median(&results.get(runtime, workload, row)?.events_per_s);
                let ratio = of(Multi)? / of(Current)?;
                (format!("{}×", digits(ratio)), ratio >= times)
            }
            Bytes(workload, most) => {
                let figure = median(&results.get(Current, workload, "nexus")?.bytes_per_queued)?;
                (format!("{figure:.1}"), figure <= most)
            }
        })
    }
}

/// Each promise: target, figure, and whether it is kept.
pub(crate) fn markdown(results: &Results) -> String {
    let mut rows = vec![["promise", "target", "measured", "met"].map(str::to_owned).to_vec()];
    rows.extend(PROMISES.iter().map(|promise| {
        let (shown, met) = match promise.measured(results) {
            Some((shown, met)) => (shown, if met { "yes" } else { "**no**" }),
            None => (String::new(), "not measured"),
        };
        vec![promise.what(), promise.target(), shown, met.to_owned()]
    }));
    aligned(&rows, 1)
}

#[cfg(test)]
mod tests {
    use nexus_workloads::Runtime;
    use serde_json::json;

    use super::*;
    use crate::results::Key;

    #[test]
    fn a_promise_is_kept_or_broken_or_not_measured() {
        let mut results = Results::default();
        for (peer, events) in [("nexus", 40.0), ("tokio_mpsc", 10.0), ("kanal", 20.0)] {
            let key = Key { runtime: Runtime::Current, workload: W1, peer };
            results.add(key, &json!({ "events_per_s": events }));
        }
        let met = |promise: &Promise| promise.measured(&results).map(|(_, met)| met);
        assert_eq!(met(&PROMISES[0]), Some(true));
        assert_eq!(met(&PROMISES[1]), Some(false));
        assert_eq!(met(&PROMISES[2]), None);
    }
}
