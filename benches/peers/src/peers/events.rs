//! The events of the peers.

use nexus_workloads::Workload;
use nexus_workloads::tally::{Body, FILL, compute, hit};

/// One of 64 types, for peers whose handlers are found by type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed<const TYPE: usize>(pub(super) Body);

seq_macro::seq!(N in 0..64 {
    /// The same as one enum, for peers that have a single type of messages.
    #[derive(Clone, Copy, Debug)]
    pub(super) enum Any64 { #( E~N(Body), )* }

    impl Any64 {
        /// The event of this number among types round robin.
        #[inline]
        pub(super) fn round_robin(id: u64) -> Self {
            match id % 64 {
                #( N => Self::E~N(Body::new(id)), )*
                _ => unreachable!(),
            }
        }

        /// Counts it at the place of its type.
        #[inline]
        pub(super) fn handle(&self) {
            match self {
                #( Self::E~N(body) => count(N, body), )*
            }
        }

        /// Its payload.
        #[inline]
        #[allow(clippy::match_same_arms, reason = "written by a macro")]
        pub(super) fn body(&self) -> &Body {
            match self {
                #( Self::E~N(body) => body, )*
            }
        }
    }
});

impl Any64 {
    /// The event of this number of the first type.
    #[inline]
    pub(super) fn first(id: u64) -> Self {
        Self::E0(Body::new(id))
    }

    /// What the first type leads to in W3.
    pub(super) fn secondary(body: Body) -> [Self; 4] {
        [Self::E1(body), Self::E2(body), Self::E3(body), Self::E4(body)]
    }
}

/// Counts an event where only one handler runs at a time.
#[inline]
pub(super) fn count(place: usize, body: &Body) {
    hit(place, body.id, &body.bytes);
}

/// The handler of one of two stages.
#[inline]
pub(super) fn cook<const PLACE: usize>(body: &Body, workload: Workload) {
    count(PLACE, body);
    compute(workload.rounds(), body.id);
}

/// What a handler may return.
pub(super) type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// An event of a workload with a single type.
pub(super) trait Sample: Send + Unpin + 'static {
    fn new(id: u64) -> Self;

    /// Whether it passes the filter.
    fn passes(&self) -> bool {
        true
    }

    fn handle(&self) -> impl Future<Output = Outcome> + Send;

    /// The same for peers that have no runtime; there, nothing waits.
    fn handle_now(&self) -> Outcome;
}

macro_rules! sample {
    ($event:ident, $new:expr, $passes:expr, $handle:expr) => {
        impl Sample for $event {
            fn new(id: u64) -> Self {
                $new(id)
            }

            fn passes(&self) -> bool {
                $passes(self)
            }

            async fn handle(&self) -> Outcome {
                $handle(self)
            }

            fn handle_now(&self) -> Outcome {
                $handle(self)
            }
        }
    };
}

#[allow(clippy::unnecessary_wraps, reason = "stands beside handlers that fail")]
fn well(id: u64, bytes: &[u8]) -> Outcome {
    hit(0, id, bytes);
    Ok(())
}

/// A payload with a `String` of 32 bytes.
pub(super) struct Text(u64, String);
sample!(
    Text,
    |id| Self(id, String::from("\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}").repeat(4)),
    |_| true,
    |Self(id, text): &Self| well(*id, text.as_bytes())
);

/// A payload of 1 KiB.
pub(super) struct Kib(u64, [u8; 1016]);
sample!(Kib, |id| Self(id, [FILL; 1016]), |_| true, |Self(id, bytes): &Self| well(*id, bytes));

/// Every other one is dropped.
pub(super) struct Half(Body);
sample!(
    Half,
    |id| Self(Body::new(id)),
    |Self(body): &Self| body.id.is_multiple_of(2),
    |Self(body): &Self| well(body.id, &body.bytes)
);

/// One in a hundred fails.
pub(super) struct Risky(Body);
sample!(Risky, |id| Self(Body::new(id)), |_| true, |Self(body): &Self| {
    hit(0, body.id, &body.bytes);
    if body.id % 100 == 99 { Err("one in a hundred".into()) } else { Ok(()) }
});

/// Its handler awaits a timer.
pub(super) struct Slow(Body);

impl Sample for Slow {
    fn new(id: u64) -> Self {
        Self(Body::new(id))
    }

    async fn handle(&self) -> Outcome {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        self.handle_now()
    }

    fn handle_now(&self) -> Outcome {
        well(self.0.id, &self.0.bytes)
    }
}
