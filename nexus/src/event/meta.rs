//! What is known of an event besides its payload.

use tokio::time::Instant;

/// What a handler can know of the event in hand besides its payload: take it as a parameter, by value.
///
/// ```
/// use nexus::prelude::*;
///
/// #[named_event]
/// struct Reading(f64);
///
/// #[handler(Reading)]
/// fn log(reading: &Reading, meta: Meta) {
///     println!("#{} (from {:?}): {}", meta.id(), meta.cause(), reading.0);
/// }
///
/// // In a unit test, a `Meta` is made by hand.
/// log(&Reading(20.5), Meta::new(7).with_cause(3));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    id: i64,
    priority: i32,
    cause: Option<i64>,
    time: Instant,
}

impl Meta {
    /// Makes one for a test: this id, priority 0, no cause, accepted now.
    pub fn new(id: i64) -> Self {
        Self { id, priority: 0, cause: None, time: Instant::now() }
    }

    /// The same with another priority.
    #[must_use]
    pub fn with_priority(self, priority: i32) -> Self {
        Self { priority, ..self }
    }

    /// The same, caused by the event with this id.
    #[must_use]
    pub fn with_cause(self, cause: i64) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// The same, accepted at this time.
    #[must_use]
    pub fn with_time(self, time: Instant) -> Self {
        Self { time, ..self }
    }

    /// The event's id: 1, 2, 3, … in the order in which its domain accepted its typed events.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The event's priority.
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// The id of the event whose filter or handler emitted this one; `None` if it came from outside, from a source, or from
    /// another domain.
    pub fn cause(&self) -> Option<i64> {
        self.cause
    }

    /// When the event came to the domain; one that found it full came before it was accepted. By tokio's clock, so that a test can
    /// pause it.
    pub fn time(&self) -> Instant {
        self.time
    }
}
