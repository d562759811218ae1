//! What a program could use instead of a nexus, each with the same workloads: the same payload, the same counting handlers, and
//! sources that feel back-pressure where the peer has any.
//!
//! A peer does what its own documentation shows as the usual way. Where it has no back-pressure, its sources yield every 1024 events, so that
//! its queue stays as short as those of the others.

mod actix;
mod bevy;
mod boxed;
mod channels;
mod events;
mod floor;
mod jaeb;
mod kameo;
mod nexus;
pub(crate) mod python;
mod ractor;

use nexus_workloads::tally::expected;
use nexus_workloads::{Clock, Gauge, Measured, Runtime, Way, Workload};

/// One measurement to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) workload: Workload,
    pub(crate) runtime: Runtime,
    pub(crate) n: u64,
    pub(crate) gauge: Gauge,
}

impl Task {
    fn start(&self) -> Clock {
        Clock::start(self.gauge)
    }

    /// The end of a run in which every event was handled by all its handlers.
    fn stop(&self, clock: Clock) -> Measured {
        clock.stop(expected(self.n, self.workload.deliveries()))
    }

    /// The end of a run of which each event was timed.
    fn timed(&self, clock: Clock, latencies: Vec<u64>) -> Measured {
        Measured { latencies, ..self.stop(clock) }
    }

    fn latencies(&self) -> Vec<u64> {
        Vec::with_capacity(usize::try_from(self.n).expect("a number of events"))
    }

    /// Live bytes for each of `n` events that wait; `before` were live without them.
    #[allow(clippy::cast_precision_loss, reason = "a figure for a table")]
    fn waiting(&self, before: i64) -> Measured {
        let bytes = ((self.gauge.live)() - before) as f64 / self.n as f64;
        Measured { bytes_per_queued: Some(bytes), ..Measured::default() }
    }

    /// How many producers send, each an equal share.
    fn producers(&self) -> u64 {
        if self.workload == Workload::W6 { 8 } else { 1 }
    }

    fn share(&self, place: u64) -> std::ops::Range<u64> {
        let share = self.n / self.producers();
        share * place..share * (place + 1)
    }
}

/// The rows of this project, in the order of the columns of ratios.
pub(crate) fn own() -> impl Iterator<Item = &'static str> {
    Way::ALL.iter().map(|way| way.name())
}

/// The peers in other languages than this; see [`python`].
pub(crate) const FOREIGN: [&str; 2] = ["python", "python_converter"];

type Run = fn(Task) -> Option<Measured>;

/// The others, from the fastest: name, the crate that it is, and how it runs.
const OTHERS: [(&str, Option<&str>, Run); 11] = [
    ("floor", None, floor::run),
    ("bevy_observers", Some("bevy_ecs"), bevy::run),
    ("kanal", Some("kanal"), channels::run::<channels::Kanal>),
    ("tokio_recv_many", Some("tokio"), channels::run::<channels::TokioMany>),
    ("tokio_mpsc", Some("tokio"), channels::run::<channels::Tokio>),
    ("actix", Some("actix"), actix::run),
    ("jaeb_sync", Some("jaeb"), |task| jaeb::run(task, true)),
    ("jaeb_async", Some("jaeb"), |task| jaeb::run(task, false)),
    ("boxed_any", None, boxed::run),
    ("kameo", Some("kameo"), kameo::run),
    ("ractor", Some("ractor"), ractor::run),
];

/// The names of all peers in Rust, this project's rows first.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    own().chain(OTHERS.iter().map(|(name, ..)| *name))
}

/// The crate that a peer is.
pub(crate) fn package(peer: &str) -> Option<&'static str> {
    OTHERS.iter().find(|(name, ..)| *name == peer)?.1
}

/// Runs a peer; `None` if the workload is not for it.
pub(crate) fn run(peer: &str, task: Task) -> Option<Measured> {
    match Way::named(peer) {
        Some(way) => nexus::run(way, task),
        None => (OTHERS.iter().find(|(name, ..)| *name == peer)?.2)(task),
    }
}

/// The time since then.
fn nanoseconds(start: std::time::Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// One in a hundred has to fail where it is meant to.
fn check_failures(task: Task, failed: u64) {
    let meant = if task.workload == Workload::Failing { task.n / 100 } else { 0 };
    assert_eq!(failed, meant, "handlers that failed");
}
