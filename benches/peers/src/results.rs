//! What has been measured: repetitions, put together to medians and ranges.

use std::collections::BTreeMap;
use std::fmt;

use nexus_workloads::{Runtime, Workload};
use serde_json::{Value, json};

use crate::peers;

/// Who does what on which runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) runtime: Runtime,
    pub(crate) workload: Workload,
    pub(crate) peer: &'static str,
}

impl Key {
    /// All that there can be. Python knows no second runtime.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let runtimes = [Runtime::Current, Runtime::Multi].into_iter();
        runtimes.flat_map(|runtime| {
            Workload::ALL.into_iter().flat_map(move |workload| {
                let foreign = peers::FOREIGN.into_iter().filter(move |_| runtime == Runtime::Current);
                peers::names().chain(foreign).map(move |peer| Self { runtime, workload, peer })
            })
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.peer, self.workload.name(), self.runtime.name())
    }
}

/// The figures of one key: each measured once a repetition, or never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) events_per_s: Vec<f64>,
    pub(crate) p50_ns: Vec<f64>,
    pub(crate) p99_ns: Vec<f64>,
    pub(crate) allocs_per_event: Vec<f64>,
    pub(crate) bytes_per_queued: Vec<f64>,
}

impl Figures {
    /// The figure by which peers are compared, and whether more is better.
    pub(crate) fn compared(&self) -> Option<(f64, bool)> {
        let less = median(&self.p50_ns).or_else(|| median(&self.bytes_per_queued));
        less.map(|figure| (figure, false)).or_else(|| Some((median(&self.events_per_s)?, true)))
    }
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Results(BTreeMap<Key, Figures>);

impl Results {
    pub(crate) fn add(&mut self, key: Key, measured: &Value) {
        let figures = self.0.entry(key).or_default();
        for (name, list) in [
            ("events_per_s", &mut figures.events_per_s),
            ("p50_ns", &mut figures.p50_ns),
            ("p99_ns", &mut figures.p99_ns),
            ("allocs_per_event", &mut figures.allocs_per_event),
            ("bytes_per_queued", &mut figures.bytes_per_queued),
        ] {
            list.extend(measured[name].as_f64());
        }
    }

    pub(crate) fn get(&self, runtime: Runtime, workload: Workload, peer: &str) -> Option<&Figures> {
        self.of(runtime, workload).find(|(name, _)| *name == peer).map(|(_, figures)| figures)
    }

    /// Who was measured there, this project's rows first.
    pub(crate) fn of(
        &self,
        runtime: Runtime,
        workload: Workload,
    ) -> impl Iterator<Item = (&'static str, &Figures)> {
        let peers = peers::names().chain(peers::FOREIGN);
        peers.filter_map(move |peer| Some((peer, self.0.get(&Key { runtime, workload, peer })?)))
    }

    /// How many times better the one is than the other, at what the workload is about.
    pub(crate) fn ratio(&self, runtime: Runtime, workload: Workload, peer: &str, other: &str) -> Option<f64> {
        let compared = |peer| self.get(runtime, workload, peer)?.compared();
        let ((figure, more), (against, _)) = (compared(peer)?, compared(other)?);
        Some(if more { figure / against } else { against / figure })
    }

    /// A line for each key: medians, and the range of the events a second.
    pub(crate) fn json(&self) -> impl Iterator<Item = Value> {
        self.0.iter().map(|(key, figures)| {
            let range = range(&figures.events_per_s);
            json!({
                "peer": key.peer,
                "workload": key.workload.name(),
                "runtime": key.runtime.name(),
                "events_per_s": median(&figures.events_per_s),
                "events_per_s_min": range.map(|(least, _)| least),
                "events_per_s_max": range.map(|(_, most)| most),
                "p50_ns": median(&figures.p50_ns),
                "p99_ns": median(&figures.p99_ns),
                "allocs_per_event": median(&figures.allocs_per_event),
                "bytes_per_queued": median(&figures.bytes_per_queued),
            })
        })
    }
}

/// The median of what was measured.
pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some(f64::midpoint(sorted[low], sorted[high]))
}

/// The least and the most.
pub(crate) fn range(figures: &[f64]) -> Option<(f64, f64)> {
    let least = figures.iter().copied().min_by(f64::total_cmp)?;
    Some((least, figures.iter().copied().max_by(f64::total_cmp)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
        assert_eq!(range(&[4.0, 1.0, 9.0]), Some((1.0, 9.0)));
    }

    #[test]
    fn more_events_and_fewer_nanoseconds_are_better() {
        let mut results = Results::default();
        let mut add = |workload, peer, measured| {
            results.add(Key { runtime: Runtime::Current, workload, peer }, &measured);
        };
        add(Workload::W1, "nexus", json!({ "events_per_s": 40.0 }));
        add(Workload::W1, "kanal", json!({ "events_per_s": 10.0 }));
        add(Workload::W5, "nexus_ingest", json!({ "events_per_s": 1.0, "p50_ns": 60 }));
        add(Workload::W5, "kanal", json!({ "events_per_s": 1.0, "p50_ns": 300 }));
        let ratio = |workload, row| results.ratio(Runtime::Current, workload, row, "kanal");
        assert_eq!(ratio(Workload::W1, "nexus"), Some(4.0));
        assert_eq!(ratio(Workload::W5, "nexus_ingest"), Some(5.0));
        assert_eq!(ratio(Workload::W2, "nexus"), None);
    }
}
