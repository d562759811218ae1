//! Events that are gathered to be put in together.

use std::fmt;
use std::marker::PhantomData;

use super::levels::Bundle;
use crate::event::Declares;

/// Events that are gathered to be put in together; `S` says which ones, as in `Batch<(Reading, Alarm)>`.
///
/// What is put in at once costs less than what is put in one by one, since the door of the nexus is passed once:
/// [`Emitter::emit_batch`](crate::Emitter::emit_batch). An empty batch keeps its memory, so it is made once and used again.
///
/// ```
/// use nexus::prelude::*;
/// use nexus::Batch;
///
/// #[named_event]
/// struct Sample(u64);
///
/// #[producer]
/// async fn samples(out: Emitter<Sample>) -> Result {
///     let mut batch = Batch::new();
///     for count in 0..1000 {
///         batch.push(Sample(count));
///         if batch.len() == 64 {
///             out.emit_batch(&mut batch).await?;
///         }
///     }
///     Ok(out.emit_batch(&mut batch).await?)
/// }
///
/// # nexus::__private::block_on(async {
/// let (out, seen) = Emitter::captured();
/// samples(out).await.unwrap();
/// assert_eq!(seen.take::<Sample>().len(), 1000);
/// # });
/// ```
pub struct Batch<S> {
    pub(crate) bundle: Bundle,
    set: PhantomData<fn() -> S>,
}

impl<S> Batch<S> {
    /// An empty batch.
    pub fn new() -> Self {
        Self { bundle: Bundle::new(), set: PhantomData }
    }

    /// Adds an event, behind those that are there.
    #[inline]
    pub fn push<E, I>(&mut self, event: E)
    where
        S: Declares<E, I>,
    {
        self.bundle.push_bare(S::event(event));
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.bundle.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bundle.is_empty()
    }

    /// Drops all events.
    pub fn clear(&mut self) {
        self.bundle.clear();
    }
}

impl<S> Default for Batch<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Batch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish_non_exhaustive()
    }
}
