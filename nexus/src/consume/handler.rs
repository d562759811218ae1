//! Handlers without macros: the trait, and closures.

use std::marker::PhantomData;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;

use crate::error::BoxError;
use crate::event::{Event, EventSet, NamedEvent};
use crate::nexus::Queue;

use super::call::{Body, Call, Ended};
use super::outcome::{Outcome, Verdict, VerdictOutcome};
use crate::raw::FutureSlot;

/// A body whose future is polled in its place.
macro_rules! later {
    ($gives:ty: |$this:ident, $call:ident| $body:block) => {
        #[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
        unsafe fn begin(
            &mut self,
            $call: Call<'_>,
            slot: &mut FutureSlot<Ended<$gives>>,
            waking: &mut Context<'_>,
        ) -> Poll<Ended<$gives>> {
            let $this = self;
            // SAFETY: as the caller says.
            unsafe { slot.begin(async move $body, waking) }
        }
    };
}

/// A body that is done when it returns.
macro_rules! at_once {
    ($gives:ty: |$this:ident, $call:ident| $body:block) => {
        #[allow(unsafe_code, reason = "it asks for nothing")]
        unsafe fn begin(
            &mut self,
            $call: Call<'_>,
            _: &mut FutureSlot<Ended<$gives>>,
            _: &mut Context<'_>,
        ) -> Poll<Ended<$gives>> {
            let $this = self;
            let body = move || $body;
            Poll::Ready(body())
        }
    };
}

/// A handler as an object: what `#[handler]` and `#[handlers]` can express, by hand.
///
/// ```
/// use nexus::prelude::*;
/// use nexus::Handler;
///
/// #[named_event]
/// struct Reading(f64);
/// #[named_event(unhandled = discard)]
/// struct Alarm(f64);
///
/// struct Watch { limit: f64 }
///
/// impl Handler<Reading> for Watch {
///     type Emits = Alarm;
///
///     async fn handle(&mut self, reading: &Reading, queue: &mut Queue<Alarm>) -> Result {
///         if reading.0 > self.limit {
///             queue.emit(Alarm(reading.0));
///         }
///         Ok(())
///     }
/// }
///
/// let nexus = Nexus::empty().handler("watch", Watch { limit: 30.0 }).build().unwrap();
/// # drop(nexus);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of `{E}`",
    label = "not a handler of `{E}`",
    note = "implement it: `impl nexus::Handler<{E}> for {Self} {{ … }}`"
)]
pub trait Handler<E>: Send + 'static {
    /// What it may emit: `()`, an event, or a tuple of events.
    type Emits: EventSet;

    /// Handles one event. A domain handles one at a time, so `&mut self` needs no lock.
    fn handle<'a>(
        &'a mut self,
        event: &'a E,
        queue: &'a mut Queue<Self::Emits>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send + 'a;
}

pub(crate) struct ByTrait<E, H>(pub(crate) H, pub(crate) PhantomData<fn(E)>);

impl<E: NamedEvent, H: Handler<E>> Body<()> for ByTrait<E, H> {
    later!((): |this, call| {
        let (event, context) = call.split();
        this.0.handle(event.borrowed()?, &mut context.queue()).await
    });
}

pub(crate) struct Closure<E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(E, S)>);

impl<E, S, R, F> Body<()> for Closure<E, S, F>
where
    E: NamedEvent,
    S: EventSet,
    R: Outcome,
    F: FnMut(&E, &mut Queue<S>) -> R + Send,
{
    at_once!((): |this, call| {
        let (event, context) = call.split();
        (this.0)(event.borrowed()?, &mut context.queue()).give(&mut context.returned())
    });
}

pub(crate) struct RecordClosure<S, F>(pub(crate) F, pub(crate) PhantomData<fn(S)>);

impl<S, R, F> Body<()> for RecordClosure<S, F>
where
    S: EventSet,
    R: Outcome,
    F: FnMut(&Event, &mut Queue<S>) -> R + Send,
{
    at_once!((): |this, call| {
        let (event, context) = call.split();
        (this.0)(event.record(), &mut context.queue()).give(&mut context.returned())
    });
}

pub(crate) struct AsyncClosure<E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(E, S)>);

impl<E, S, F> Body<()> for AsyncClosure<E, S, F>
where
    E: NamedEvent,
    S: EventSet,
    F: for<'e> FnMut(&'e E, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    later!((): |this, call| {
        let (event, context) = call.split();
        (this.0)(event.borrowed()?, &mut context.queue()).await
    });
}

pub(crate) struct FilterClosure<F>(pub(crate) F);

impl<R, F> Body<Verdict> for FilterClosure<F>
where
    R: VerdictOutcome,
    F: FnMut(&Event) -> R + Send,
{
    at_once!(Verdict: |this, call| {
        let (event, _) = call.split();
        (this.0)(event.record()).verdict()
    });
}

pub(crate) struct AsyncRecordClosure<S, F>(pub(crate) F, pub(crate) PhantomData<fn(S)>);

impl<S, F> Body<()> for AsyncRecordClosure<S, F>
where
    S: EventSet,
    F: for<'e> FnMut(&'e Event, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    later!((): |this, call| {
        let (event, context) = call.split();
        (this.0)(event.record(), &mut context.queue()).await
    });
}

/// A closure with the component that it belongs to.
pub(crate) struct Method<C, E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(C, E, S)>);

impl<C, E, S, F> Body<()> for Method<C, E, S, F>
where
    C: Send + 'static,
    E: NamedEvent,
    S: EventSet,
    F: for<'e> FnMut(&'e mut C, &'e E, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    later!((): |this, call| {
        let (event, mut context) = call.split();
        let component = context.component::<C>();
        (this.0)(component, event.borrowed()?, &mut context.queue()).await
    });
}

/// A filter as an object: what `#[filter]` can express, by hand. A filter that neither emits nor waits can be a closure.
pub trait Filter: Send + 'static {
    /// What it may emit: `()`, an event, or a tuple of events.
    type Emits: EventSet;

    /// Decides about one event.
    fn filter<'a>(
        &'a mut self,
        event: &'a Event,
        queue: &'a mut Queue<Self::Emits>,
    ) -> impl Future<Output = Result<Verdict, BoxError>> + Send + 'a;
}

pub(crate) struct FilterByTrait<T>(pub(crate) T);

impl<T: Filter> Body<Verdict> for FilterByTrait<T> {
    later!(Verdict: |this, call| {
        let (event, context) = call.split();
        this.0.filter(event.record(), &mut context.queue()).await
    });
}
