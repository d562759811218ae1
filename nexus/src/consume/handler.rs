//! Handlers without macros: the trait, and closures.

use std::marker::PhantomData;

use futures_util::future::BoxFuture;

use crate::error::BoxError;
use crate::event::{Event, EventSet, NamedEvent};
use crate::nexus::Queue;

use super::call::{Call, Invoke, Step};
use super::outcome::{Outcome, Verdict, VerdictOutcome};

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

impl<E: NamedEvent, H: Handler<E>> Invoke<()> for ByTrait<E, H> {
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        Step::later(async move {
            let (event, context) = call.split();
            self.0.handle(event.borrowed()?, &mut context.queue()).await
        })
    }
}

pub(crate) struct Closure<E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(E, S)>);

impl<E, S, R, F> Invoke<()> for Closure<E, S, F>
where
    E: NamedEvent,
    S: EventSet,
    R: Outcome,
    F: FnMut(&E, &mut Queue<S>) -> R + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        let (event, context) = call.split();
        let outcome = event
            .borrowed()
            .and_then(|event| (self.0)(event, &mut context.queue()).give(&mut context.returned()));
        Step::Done(outcome)
    }
}

pub(crate) struct RecordClosure<S, F>(pub(crate) F, pub(crate) PhantomData<fn(S)>);

impl<S, R, F> Invoke<()> for RecordClosure<S, F>
where
    S: EventSet,
    R: Outcome,
    F: FnMut(&Event, &mut Queue<S>) -> R + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        let (event, context) = call.split();
        Step::Done((self.0)(event.record(), &mut context.queue()).give(&mut context.returned()))
    }
}

pub(crate) struct AsyncClosure<E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(E, S)>);

impl<E, S, F> Invoke<()> for AsyncClosure<E, S, F>
where
    E: NamedEvent,
    S: EventSet,
    F: for<'e> FnMut(&'e E, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        Step::later(async move {
            let (event, context) = call.split();
            (self.0)(event.borrowed()?, &mut context.queue()).await
        })
    }
}

pub(crate) struct FilterClosure<F>(pub(crate) F);

impl<R, F> Invoke<Verdict> for FilterClosure<F>
where
    R: VerdictOutcome,
    F: FnMut(&Event) -> R + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, Verdict> {
        let (event, _) = call.split();
        Step::Done((self.0)(event.record()).verdict())
    }
}

pub(crate) struct AsyncRecordClosure<S, F>(pub(crate) F, pub(crate) PhantomData<fn(S)>);

impl<S, F> Invoke<()> for AsyncRecordClosure<S, F>
where
    S: EventSet,
    F: for<'e> FnMut(&'e Event, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        Step::later(async move {
            let (event, context) = call.split();
            (self.0)(event.record(), &mut context.queue()).await
        })
    }
}

/// A closure with the component that it belongs to.
pub(crate) struct Method<C, E, S, F>(pub(crate) F, pub(crate) PhantomData<fn(C, E, S)>);

impl<C, E, S, F> Invoke<()> for Method<C, E, S, F>
where
    C: Send + 'static,
    E: NamedEvent,
    S: EventSet,
    F: for<'e> FnMut(&'e mut C, &'e E, &'e mut Queue<S>) -> BoxFuture<'e, Result<(), BoxError>> + Send,
{
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, ()> {
        Step::later(async move {
            let (event, mut context) = call.split();
            let component = context.component::<C>();
            (self.0)(component, event.borrowed()?, &mut context.queue()).await
        })
    }
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

impl<T: Filter> Invoke<Verdict> for FilterByTrait<T> {
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, Verdict> {
        Step::later(async move {
            let (event, context) = call.split();
            self.0.filter(event.record(), &mut context.queue()).await
        })
    }
}
