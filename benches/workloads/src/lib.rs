//! What the benchmarks let a nexus do. The comparison with peers and the gate on instructions have to run the same code, so it
//! lives here; and it is declared with the public annotations alone, so that what is measured is what a user gets.
//!
//! Each [`Workload`] is a domain of its own, built by `Nexus::builder().only::<…>()`: an event, its handlers, and a source for each
//! [`Way`] in. All sources of a domain are there in every run, and read from their state (`Load`) how many events they
//! have to bring: those whose way is not measured bring none. Handlers count what they see ([`tally`]), and a run that has lost
//! or doubled an event panics instead of giving a figure.
//!
//! Allocations are counted by the program that measures, since a counting allocator needs `unsafe`: it hands in a [`Gauge`].

#[macro_use]
mod declare;
mod harness;
mod several;
mod single;
pub mod tally;

use std::time::{Duration, Instant};

use tokio::runtime::Builder;

/// A figure of each workload's table: what events there are, and who handles them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Workload {
    /// One producer, one handler.
    W1,
    /// 64 types round robin, a handler each.
    W2,
    /// Each event makes four secondary ones.
    W3,
    /// Each event goes to eight handlers.
    W4,
    /// One event into an idle nexus, until it is handled.
    W5,
    /// Eight producers, one handler.
    W6,
    /// The memory of events that wait.
    Memory,
    /// The memory of events that wait for a handler that asks for their `Meta`.
    MemoryMeta,
    /// Payloads with a `String` of 32 bytes.
    Text,
    /// Payloads of 1 KiB.
    Kib,
    /// A filter consumes every other event.
    Filter,
    /// A handler awaits a timer of 1 ms.
    Timer,
    /// Four priority levels, mixed.
    Levels,
    /// One in a hundred events fails.
    Failing,
    /// The handler asks for `Meta`.
    Meta,
    /// Two domains that a boundary joins: an event is handled in each.
    Hop,
    /// The same, where each handler computes for about a microsecond.
    Cores,
}

impl Workload {
    /// All of them, in the order in which tables show them.
    pub const ALL: [Self; 17] = [
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::W5,
        Self::W6,
        Self::Memory,
        Self::MemoryMeta,
        Self::Text,
        Self::Kib,
        Self::Filter,
        Self::Timer,
        Self::Levels,
        Self::Failing,
        Self::Meta,
        Self::Hop,
        Self::Cores,
    ];

    /// The name that tables, limits and command lines use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
            Self::W4 => "W4",
            Self::W5 => "W5",
            Self::W6 => "W6",
            Self::Memory => "MEM",
            Self::MemoryMeta => "MEM_META",
            Self::Text => "TEXT",
            Self::Kib => "KIB",
            Self::Filter => "FILTER",
            Self::Timer => "TIMER",
            Self::Levels => "LEVELS",
            Self::Failing => "FAILING",
            Self::Meta => "META",
            Self::Hop => "HOP",
            Self::Cores => "CORES",
        }
    }

    /// The workload of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name() == name)
    }

    /// How long each handler computes: see [`tally::compute`].
    pub const fn rounds(self) -> u32 {
        if matches!(self, Self::Cores) { 500 } else { 0 }
    }

    /// How many calls of handlers each event from a source leads to. It is these that are counted and timed.
    pub const fn deliveries(self) -> u64 {
        match self {
            Self::W3 => 5,
            Self::W4 => 8,
            Self::Hop | Self::Cores => 2,
            _ => 1,
        }
    }
}

/// How events come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// A producer sends them one by one.
    Each,
    /// A producer sends 64 at once.
    Batch,
    /// A converter with `ahead = 256` is asked for them.
    Pull,
    /// They are ingested through a handle: one after another, each waited for.
    Ingest,
}

impl Way {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Each, Self::Batch, Self::Pull, Self::Ingest];

    /// The name of its row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Each => "nexus",
            Self::Batch => "nexus_batch",
            Self::Pull => "nexus_pull",
            Self::Ingest => "nexus_ingest",
        }
    }

    /// The way of this row.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|way| way.name() == name)
    }

    /// Whether the workload is measured in this way.
    pub const fn serves(self, workload: Workload) -> bool {
        match workload {
            Workload::W5 => matches!(self, Self::Ingest),
            // A domain that is asked has nobody who could be eight.
            Workload::W6 => !matches!(self, Self::Pull),
            Workload::Memory | Workload::MemoryMeta | Workload::Timer => matches!(self, Self::Each),
            Workload::Levels | Workload::Hop | Workload::Cores => !matches!(self, Self::Ingest),
            _ => true,
        }
    }
}

/// The runtime that a measurement runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Runtime {
    /// Tokio's current-thread runtime.
    Current,
    /// Tokio's multi-thread runtime, with two workers.
    Multi,
}

impl Runtime {
    /// The name that tables and command lines use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "ct",
            Self::Multi => "mt",
        }
    }

    /// The runtime of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Current, Self::Multi].into_iter().find(|runtime| runtime.name() == name)
    }

    /// Runs the future to its end on a new runtime; on several threads it runs as a task, beside those that it measures.
    ///
    /// # Panics
    ///
    /// If there can be no runtime, or the future panics.
    pub fn block_on<T: Send + 'static>(self, future: impl Future<Output = T> + Send + 'static) -> T {
        match self {
            Self::Current => {
                let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
                runtime.block_on(future)
            }
            Self::Multi => {
                let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
                let runtime = runtime.expect("a runtime of two workers");
                runtime.block_on(async { tokio::spawn(future).await.expect("the measurement ends well") })
            }
        }
    }
}

/// How the program that measures counts memory.
#[derive(Clone, Copy, Debug)]
pub struct Gauge {
    /// Allocations so far.
    pub allocations: fn() -> u64,
    /// Bytes that are allocated now.
    pub live: fn() -> i64,
}

impl Gauge {
    /// Counts nothing.
    pub const NONE: Self = Self { allocations: || 0, live: || 0 };
}

/// What a run has given.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Calls of handlers.
    pub deliveries: u64,
    /// From the start of the nexus, which was built before, to its end.
    pub elapsed: Duration,
    /// Allocations in this time.
    pub allocations: u64,
    /// Of each event, in nanoseconds: [`Workload::W5`] alone.
    pub latencies: Vec<u64>,
    /// Live bytes for each event that waits: [`Workload::Memory`] and [`Workload::MemoryMeta`] alone.
    pub bytes_per_queued: Option<f64>,
}

/// Times a run, and checks what was handled in it.
#[derive(Debug)]
pub struct Clock {
    gauge: Gauge,
    allocations: u64,
    start: Instant,
}

impl Clock {
    /// Starts.
    pub fn start(gauge: Gauge) -> Self {
        Self { gauge, allocations: (gauge.allocations)(), start: Instant::now() }
    }

    /// Stops.
    ///
    /// # Panics
    ///
    /// If the [`tally`] is not what was expected.
    pub fn stop(self, expected: (u64, u64)) -> Measured {
        let elapsed = self.start.elapsed();
        let allocations = (self.gauge.allocations)() - self.allocations;
        assert_eq!(tally::total(), expected, "events were lost or doubled");
        Measured { deliveries: expected.0, elapsed, allocations, ..Measured::default() }
    }
}

/// Runs a workload with `n` events from its sources; [`tally::reset`] has to be called between two runs. `None` if the workload is
/// not measured in this way.
///
/// # Panics
///
/// If `n` is no multiple of 64, or an event is lost or doubled: no figure is better than a wrong one.
pub async fn run(workload: Workload, way: Way, n: u64, gauge: Gauge) -> Option<Measured> {
    assert!(n.is_multiple_of(64), "{n} events are no full rounds of 64");
    if !way.serves(workload) || !Way::ALL.contains(&way) {
        return None;
    }
    Some(match workload {
        Workload::W1 => single::w1::run(way, n, gauge).await,
        Workload::W2 => several::w2::run(way, n, gauge).await,
        Workload::W3 => several::w3::run(way, n, gauge).await,
        Workload::W4 => single::w4::run(way, n, gauge).await,
        Workload::W5 => single::w1::latency(n, gauge).await,
        Workload::W6 => several::w6::run(way, n, gauge).await,
        Workload::Memory => single::memory::run(n, gauge).await,
        Workload::MemoryMeta => single::memory_meta::run(n, gauge).await,
        Workload::Text => single::text::run(way, n, gauge).await,
        Workload::Kib => single::kib::run(way, n, gauge).await,
        Workload::Filter => single::filtered::run(way, n, gauge).await,
        Workload::Timer => single::timed::run(way, n, gauge).await,
        Workload::Levels => several::levels::run(way, n, gauge).await,
        Workload::Failing => single::failing::run(way, n, gauge).await,
        Workload::Meta => single::meta::run(way, n, gauge).await,
        Workload::Hop | Workload::Cores => several::hop::run(way, n, gauge, workload.rounds()).await,
    })
}
