//! Workloads with one type of events and one source.

#![allow(clippy::wildcard_imports, reason = "a module a workload, so that names can repeat")]
#![allow(clippy::unused_async, reason = "`async` handlers are what is measured")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nexus::prelude::*;

use crate::harness::{Expect, Load, builder, drive, measure, memory as waiting};
use crate::tally::{self, Body, FILL, hit};
use crate::{Gauge, Measured, Way};

pub(crate) mod w1 {
    use super::*;

    #[derive(Domain)]
    struct W1;

    event!(One);

    #[handler(One, domain = W1)]
    async fn handle(One(body): &One) {
        hit(0, body.id, &body.bytes);
    }

    sources!(W1, One);
    run!(W1, One, 1);

    /// The time that each `ingest` takes on an idle nexus.
    pub(crate) async fn latency(n: u64, gauge: Gauge) -> Measured {
        let mut latencies = Vec::with_capacity(usize::try_from(n).unwrap_or_default());
        let builder = builder::<W1>(Load::default());
        let measured = drive(builder, Expect::handled(n, 1), gauge, async |handle| {
            for id in 0..n {
                let start = Instant::now();
                handle.ingest(One::new(id)).await.expect("the nexus runs");
                latencies.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
        })
        .await;
        Measured { latencies, ..measured }
    }
}

pub(crate) mod w4 {
    use super::*;

    #[derive(Domain)]
    struct W4;

    event!(Shared);

    macro_rules! handlers {
        ($($handler:ident $place:literal),+) => { $(
            #[handler(Shared, domain = W4)]
            async fn $handler(Shared(body): &Shared) {
                hit($place, body.id, &body.bytes);
            }
        )+ };
    }

    handlers!(first 0, second 1, third 2, fourth 3, fifth 4, sixth 5, seventh 6, eighth 7);
    sources!(W4, Shared);
    run!(W4, Shared, 8);
}

pub(crate) mod memory {
    use super::*;

    #[derive(Domain)]
    struct Memory;

    event!(Waiting);

    #[handler(Waiting, domain = Memory)]
    async fn handle(Waiting(body): &Waiting) {
        hit(0, body.id, &body.bytes);
    }

    pub(crate) async fn run(n: u64, gauge: Gauge) -> Measured {
        waiting::<Memory, _>(n, gauge, Waiting::new).await
    }
}

pub(crate) mod memory_meta {
    use super::*;

    #[derive(Domain)]
    struct MemoryMeta;

    event!(WaitingMeta);

    #[handler(WaitingMeta, domain = MemoryMeta)]
    async fn handle(WaitingMeta(body): &WaitingMeta, meta: Meta) {
        assert_ne!(meta.id(), 0);
        hit(0, body.id, &body.bytes);
    }

    pub(crate) async fn run(n: u64, gauge: Gauge) -> Measured {
        waiting::<MemoryMeta, _>(n, gauge, WaitingMeta::new).await
    }
}

pub(crate) mod text {
    use super::*;

    #[derive(Domain)]
    struct TextDomain;

    #[named_event]
    struct Text {
        id: u64,
        text: String,
    }

    impl Text {
        fn new(id: u64) -> Self {
            Self { id, text: String::from("\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}").repeat(4) }
        }
    }

    #[handler(Text, domain = TextDomain)]
    async fn handle(event: &Text) {
        hit(0, event.id, event.text.as_bytes());
    }

    sources!(TextDomain, Text);
    run!(TextDomain, Text, 1);
}

pub(crate) mod kib {
    use super::*;

    #[derive(Domain)]
    struct KibDomain;

    #[named_event]
    struct Kib {
        id: u64,
        bytes: [u8; 1016],
    }

    impl Kib {
        fn new(id: u64) -> Self {
            Self { id, bytes: [FILL; 1016] }
        }
    }

    #[handler(Kib, domain = KibDomain)]
    async fn handle(event: &Kib) {
        hit(0, event.id, &event.bytes);
    }

    sources!(KibDomain, Kib);
    run!(KibDomain, Kib, 1);
}

pub(crate) mod filtered {
    use super::*;

    #[derive(Domain)]
    struct Filtered;

    event!(Half);

    #[filter(domain = Filtered)]
    fn odd(event: &Event) -> Verdict {
        event.payload::<Half>().is_some_and(|Half(body)| body.id % 2 == 1).into()
    }

    #[handler(Half, domain = Filtered)]
    async fn handle(Half(body): &Half) {
        hit(0, body.id, &body.bytes);
    }

    sources!(Filtered, Half);

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        let handled = Expect::handled(n, 1);
        let expect = Expect { tally: tally::expected_even(n), consumed: n / 2, ..handled };
        measure(builder::<Filtered>(Load::new(way, n)), way, expect, gauge, Half::new).await
    }
}

pub(crate) mod timed {
    use super::*;

    #[derive(Domain)]
    struct Timed;

    event!(Slow);

    #[handler(Slow, domain = Timed)]
    async fn handle(Slow(body): &Slow) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        hit(0, body.id, &body.bytes);
    }

    sources!(Timed, Slow);
    run!(Timed, Slow, 1);
}

pub(crate) mod failing {
    use super::*;

    #[derive(Domain)]
    struct Failing;

    event!(Risky);

    #[handler(Risky, domain = Failing)]
    async fn handle(Risky(body): &Risky) -> Result {
        hit(0, body.id, &body.bytes);
        if body.id % 100 == 99 { Err("one in a hundred".into()) } else { Ok(()) }
    }

    sources!(Failing, Risky);

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        let told = Arc::new(AtomicU64::new(0));
        let count = told.clone();
        let builder = builder::<Failing>(Load::new(way, n)).on_error(move |_, _| {
            count.fetch_add(1, Relaxed);
        });
        let expect = Expect { failed: n / 100, ..Expect::handled(n, 1) };
        let measured = measure(builder, way, expect, gauge, Risky::new).await;
        assert_eq!(told.load(Relaxed), n / 100, "each failure is told once");
        measured
    }
}

pub(crate) mod meta {
    use super::*;

    #[derive(Domain)]
    struct MetaDomain;

    event!(Dated);

    #[handler(Dated, domain = MetaDomain)]
    async fn handle(Dated(body): &Dated, meta: Meta) {
        assert_ne!(meta.id(), 0);
        hit(0, body.id, &body.bytes);
    }

    sources!(MetaDomain, Dated);
    run!(MetaDomain, Dated, 1);
}
