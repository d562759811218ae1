//! What a call that puts an event in has to wait for, as futures with names.
//!
//! The future of an `async` function carries what the function demands of its types, and an event that a signature does not
//! declare would be told three times: at the call, at its value and at its `.await`. These know the event alone.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::emitter::{Captured, as_it_was};
use super::shared::{Entering, Ingesting, Offer, Origins, Shared, back};
use crate::error::{EmitError, IngestError};
use crate::event::IntoEvent;

/// Where an event goes.
#[derive(Clone, Copy)]
pub(crate) enum Entrance<'a> {
    Nexus(&'a Shared, usize),
    /// In a test.
    Capture(&'a Captured),
}

/// The future of [`Emitter::emit`](crate::Emitter::emit) and [`Handle::emit`](crate::Handle::emit), which say how it can fail and
/// what happens when it is dropped. It does nothing until it is polled, and it may be moved at any time.
///
/// # Panics
///
/// If it is polled again when it has ended.
#[must_use = "an event is put in when this is awaited"]
pub struct Emit<'a, E> {
    to: Entrance<'a>,
    /// Until it is polled.
    event: Option<E>,
    /// If it can't enter just so.
    end: Option<Entering<'a>>,
}

impl<'a, E> Emit<'a, E> {
    #[inline]
    pub(crate) fn new(to: Entrance<'a>, event: E) -> Self {
        Self { to, event: Some(event), end: None }
    }
}

impl<E: IntoEvent> Emit<'_, E> {
    /// Begins to put an event in that can't enter just so; one that is refused is in its place again.
    #[inline(never)]
    fn step_in(shared: &Shared, domain: usize, event: E) -> Result<Offer, EmitError<E>> {
        if E::FITS {
            let mut event = Some(event);
            let offer = shared.step_in(domain, &mut event, Origins::default());
            offer.map_err(|refused| refused.emit_error_with(event))
        } else {
            let mut event = Some(event.into_event());
            let offer = shared.step_in(domain, &mut event, Origins::default());
            offer.map_err(|refused| as_it_was(refused.emit_error_with(event)))
        }
    }

    #[inline(never)]
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), EmitError<E>>> {
        let end = self.end.as_mut().expect("an `Emit` is not polled again when it has ended");
        let ended = ready!(Pin::new(end).poll(cx));
        self.end = None;
        Poll::Ready(ended.map_err(|refused| {
            let (refused, bundle) = refused.apart();
            refused.emit_error(back(bundle))
        }))
    }
}

impl<E> Unpin for Emit<'_, E> {}

impl<E: IntoEvent> Future for Emit<'_, E> {
    type Output = Result<(), EmitError<E>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(event) = self.event.take() else { return self.go_on(cx) };
        let (shared, domain) = match self.to {
            Entrance::Nexus(shared, domain) => (shared, domain),
            Entrance::Capture(seen) => return Poll::Ready(seen.push(event)),
        };
        let Some(event) = shared.enter_now(domain, event) else { return Poll::Ready(Ok(())) };
        let offer = Self::step_in(shared, domain, event)?;
        if matches!(offer, Offer::Entered) {
            return Poll::Ready(Ok(()));
        }
        self.end = Some(shared.end_of(domain, offer));
        self.go_on(cx)
    }
}

impl<E> fmt::Debug for Emit<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emit(..)")
    }
}

/// The future of [`Emitter::ingest`](crate::Emitter::ingest) and [`Handle::ingest`](crate::Handle::ingest), which say how it can
/// fail and what happens when it is dropped. It does nothing until it is polled, and it may be moved at any time.
///
/// # Panics
///
/// If it is polled again when it has ended.
#[must_use = "an event is put in when this is awaited"]
pub struct Ingest<'a, E> {
    to: Entrance<'a>,
    /// Until it is polled.
    event: Option<E>,
    /// If its tree is not done at once.
    end: Option<Ingesting<'a>>,
}

impl<'a, E> Ingest<'a, E> {
    #[inline]
    pub(crate) fn new(to: Entrance<'a>, event: E) -> Self {
        Self { to, event: Some(event), end: None }
    }
}

impl<E: IntoEvent> Ingest<'_, E> {
    #[inline(never)]
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), IngestError>> {
        let end = self.end.as_mut().expect("an `Ingest` is not polled again when it has ended");
        let ended = ready!(Pin::new(end).poll(cx));
        self.end = None;
        Poll::Ready(ended)
    }
}

impl<E> Unpin for Ingest<'_, E> {}

impl<E: IntoEvent> Future for Ingest<'_, E> {
    type Output = Result<(), IngestError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(event) = self.event.take() else { return self.go_on(cx) };
        let begun = match self.to {
            Entrance::Nexus(shared, domain) if E::FITS => shared.begin_ingest(domain, event, cx)?,
            Entrance::Nexus(shared, domain) => shared.begin_ingest(domain, event.into_event(), cx)?,
            Entrance::Capture(seen) => {
                return Poll::Ready(seen.push(event).map_err(|_| IngestError::Stopped));
            }
        };
        let Some(end) = begun else { return Poll::Ready(Ok(())) };
        self.end = Some(end);
        self.go_on(cx)
    }
}

impl<E> fmt::Debug for Ingest<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ingest(..)")
    }
}
