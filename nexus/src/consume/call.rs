//! One call of a filter or handler: what the glue of a macro, or a closure's wrapper, gets and gives.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::{BoxError, PayloadMismatch};
use crate::event::{Event, EventSet, Meta, NamedEvent};
use crate::nexus::{Emitter, Hand, Queue};

use super::outcome::Give;

/// A piece of state, as the plan holds it.
pub(crate) type StateSlot = Arc<dyn Any + Send + Sync>;

/// What a call comes to: at once, or later.
pub enum Step<'a, T> {
    /// A plain function has ended.
    Done(Result<T, BoxError>),
    /// An `async` function has to be polled.
    Later(Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>),
}

impl<'a, T> Step<'a, T> {
    /// Wraps a future.
    pub fn later(future: impl Future<Output = Result<T, BoxError>> + Send + 'a) -> Self {
        Self::Later(Box::pin(future))
    }
}

/// What can be called with an event in hand.
pub(crate) trait Invoke<T>: Send {
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, T>;
}

/// A function that a macro has generated.
pub(crate) struct Named<T>(pub(crate) for<'a> fn(Call<'a>) -> Step<'a, T>);

impl<T> Invoke<T> for Named<T> {
    fn invoke<'a>(&'a mut self, call: Call<'a>) -> Step<'a, T> {
        (self.0)(call)
    }
}

/// The event in hand and everything that a filter or handler can ask for.
pub struct Call<'a> {
    pub(crate) event: &'a mut Event,
    pub(crate) last: bool,
    pub(crate) component: Option<&'a mut (dyn Any + Send)>,
    pub(crate) states: &'a [StateSlot],
    pub(crate) hand: &'a Hand,
}

impl<'a> Call<'a> {
    /// The event, and the rest.
    pub fn split(self) -> (EventInHand<'a>, Context<'a>) {
        let Self { event, last, component, states, hand } = self;
        (EventInHand { event, last }, Context { component, states, hand })
    }
}

/// The event in hand, as a handler's first parameter asks for it.
pub struct EventInHand<'a> {
    event: &'a mut Event,
    last: bool,
}

impl<'a> EventInHand<'a> {
    /// The payload, for `&E`.
    ///
    /// # Errors
    ///
    /// [`PayloadMismatch`], if the event is a dynamic one of this name.
    pub fn borrowed<E: NamedEvent>(self) -> Result<&'a E, BoxError> {
        let event: &'a Event = self.event;
        event.payload::<E>().ok_or_else(mismatch::<E>)
    }

    /// The payload by value: the last handler of an event gets the event itself, those before it a clone.
    ///
    /// # Errors
    ///
    /// [`PayloadMismatch`], if the event is a dynamic one of this name.
    pub fn owned<E: NamedEvent + Clone>(self) -> Result<E, BoxError> {
        let payload =
            if self.last { self.event.take_payload::<E>() } else { self.event.payload::<E>().cloned() };
        payload.ok_or_else(mismatch::<E>)
    }

    /// The whole record, for `&Event`.
    pub fn record(self) -> &'a Event {
        self.event
    }
}

fn mismatch<E>() -> BoxError {
    PayloadMismatch { expected: std::any::type_name::<E>() }.into()
}

/// What a filter or handler can ask for besides the event.
pub struct Context<'a> {
    component: Option<&'a mut (dyn Any + Send)>,
    states: &'a [StateSlot],
    hand: &'a Hand,
}

impl<'a> Context<'a> {
    /// The queue, for `&mut Queue<S>`.
    pub fn queue<S: EventSet>(&self) -> Queue<S> {
        Queue::of(self.hand.clone())
    }

    /// An emitter, for `Emitter<S>`.
    pub fn emitter<S: EventSet>(&self) -> Emitter<S> {
        Emitter::new(self.hand.shared.clone(), self.hand.domain)
    }

    /// For `Meta`.
    pub fn meta(&self) -> Meta {
        self.hand.meta
    }

    /// The state that stands at this place in the record, for `&T`.
    ///
    /// # Panics
    ///
    /// If the record does not ask for a `T` at this place: generated code does.
    pub fn state<T: Send + Sync + 'static>(&self, place: usize) -> &'a T {
        self.states[place].downcast_ref().expect("the plan puts each state where its record asks for it")
    }

    /// The state that stands at this place in the record, for `Arc<T>`.
    pub fn shared<T: Send + Sync + 'static>(&self, place: usize) -> Arc<T> {
        shared(&self.states[place])
    }

    /// The component, for `&mut self`.
    ///
    /// # Panics
    ///
    /// If the record does not ask for a `T`, or if it is asked for twice: generated code does neither.
    pub fn component<T: Send + 'static>(&mut self) -> &'a mut T {
        let component = self.component.take().and_then(|component| component.downcast_mut());
        component.expect("the plan gives each handler the component that its record asks for")
    }

    /// Where returned events go.
    pub fn returned(&self) -> Returned<'a> {
        Returned(self.hand)
    }
}

pub(crate) fn shared<T: Send + Sync + 'static>(slot: &StateSlot) -> Arc<T> {
    slot.clone().downcast().expect("the plan puts each state where its record asks for it")
}

/// Puts what a handler returns into the queue.
pub struct Returned<'a>(&'a Hand);

impl Give for Returned<'_> {
    fn give(&mut self, event: Event) {
        self.0.put(event);
    }
}
