//! Builds a domain's nexus, runs it and checks its accounts: what all workloads share.

use nexus::{Builder, Domain, Handle, IntoEvent, Ledger, Nexus};

use crate::{Clock, Gauge, Measured, Way, tally};

/// How many events each source of a domain has to bring: all come by one way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Load {
    pub(crate) each: u64,
    pub(crate) batch: u64,
    pub(crate) pull: u64,
}

impl Load {
    pub(crate) fn new(way: Way, n: u64) -> Self {
        let by = |other| if way == other { n } else { 0 };
        Self { each: by(Way::Each), batch: by(Way::Batch), pull: by(Way::Pull) }
    }
}

/// What `n` events from sources have to come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expect {
    pub(crate) n: u64,
    /// Calls of handlers, and the sum of what they see.
    pub(crate) tally: (u64, u64),
    /// Events, secondary ones among them.
    pub(crate) accepted: u64,
    pub(crate) failed: u64,
    pub(crate) consumed: u64,
}

impl Expect {
    /// Each event is handled by so many handlers, and all is well.
    pub(crate) fn handled(n: u64, deliveries: u64) -> Self {
        Self { n, tally: tally::expected(n, deliveries), accepted: n, failed: 0, consumed: 0 }
    }

    fn check(&self, ledger: &Ledger) {
        assert!(ledger.is_balanced(), "the accounts don't balance:\n{ledger}");
        let total = ledger.total();
        let Self { accepted, failed, consumed, .. } = *self;
        let handled = accepted - failed - consumed;
        assert_eq!(
            (total.accepted, total.handled, total.failed, total.consumed),
            (accepted, handled, failed, consumed),
            "{ledger}"
        );
    }
}

/// The builder of a domain.
pub(crate) fn builder<D: Domain>(load: Load) -> Builder {
    Nexus::builder().only::<D>().state(load)
}

/// Runs the domain's own sources to their end.
pub(crate) async fn flow(builder: Builder, expect: Expect, gauge: Gauge) -> Measured {
    let nexus = builder.build().expect("the plan is whole");
    let clock = Clock::start(gauge);
    let ledger = nexus.run().await.expect("the run ends well");
    let measured = clock.stop(expect.tally);
    expect.check(&ledger);
    measured
}

/// Runs a domain whose events `drive` puts in, by a handle.
pub(crate) async fn drive<Fut>(
    builder: Builder,
    expect: Expect,
    gauge: Gauge,
    drive: impl FnOnce(Handle) -> Fut,
) -> Measured
where
    Fut: Future<Output = ()>,
{
    let running = builder.build().expect("the plan is whole").start().expect("a runtime");
    running.started().await;
    let clock = Clock::start(gauge);
    drive(running.handle()).await;
    let measured = clock.stop(expect.tally);
    expect.check(&running.join().await.expect("the run ends well"));
    measured
}

/// Runs a domain by its own sources, or by ingesting what `make` gives.
pub(crate) async fn measure<E: IntoEvent>(
    builder: Builder,
    way: Way,
    expect: Expect,
    gauge: Gauge,
    make: impl Fn(u64) -> E,
) -> Measured {
    if way != Way::Ingest {
        return flow(builder, expect, gauge).await;
    }
    drive(builder, expect, gauge, async |handle| {
        for id in 0..expect.n {
            handle.ingest(make(id)).await.expect("the nexus runs, and reports what fails");
        }
    })
    .await
}

/// How much memory events take that wait: they are put in at once, while the dispatcher has no turn.
pub(crate) async fn memory<D, E>(n: u64, gauge: Gauge, make: impl Fn(u64) -> E) -> Measured
where
    D: Domain,
    E: IntoEvent,
{
    let expect = Expect::handled(n, 1);
    let nexus = builder::<D>(Load::default()).capacity(None).build().expect("the plan is whole");
    let running = nexus.start().expect("a runtime");
    running.started().await;
    let clock = Clock::start(gauge);
    let before = (gauge.live)();
    for id in 0..n {
        assert!(running.try_emit(make(id)).is_ok(), "a nexus without bound is full");
    }
    let bytes = (gauge.live)() - before;
    assert_eq!(tally::total().0, 0, "the events were to wait: measure on the current thread");
    let ledger = running.join().await.expect("the run ends well");
    let measured = clock.stop(expect.tally);
    expect.check(&ledger);
    #[allow(clippy::cast_precision_loss, reason = "a figure for a table")]
    let bytes_per_queued = Some(bytes as f64 / n as f64);
    Measured { bytes_per_queued, ..measured }
}
