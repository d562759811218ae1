//! One call of a filter or handler: what the glue of a macro, or a closure's wrapper, gets and gives.

use std::any::TypeId;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as Waking, Poll};

use crate::error::{BoxError, PayloadMismatch};
use crate::event::{Event, EventSet, IntoEvent, Meta, NamedEvent};
use crate::nexus::{At, Emitter, Queue, Run, Shared};
use crate::raw::{Apart, ComponentSlot, FutureSlot, StateSlot};

use super::outcome::Give;

/// How a call ended, once it has.
pub(crate) type Ended<T> = Result<T, BoxError>;

/// What a filter or handler has to see of the event in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Its payload.
    Payload,
    /// The whole record, for the call.
    Record,
    /// A record that it can keep.
    Shared,
}

/// What can be called with an event in hand.
pub(crate) trait Invoke<T: 'static>: Send {
    fn sees(&self) -> Sees;

    /// Whether it can handle events one after another by itself: see [`run`](Self::run).
    fn can_run(&self) -> bool {
        false
    }

    /// Calls it.
    ///
    /// # Safety
    ///
    /// If the call is pending, what it was given outlives it: the caller resumes it until it is ready, or clears it, before any of
    /// that is moved, dropped or used otherwise.
    #[allow(unsafe_code, reason = "the caller answers for what the call borrows")]
    unsafe fn start(&mut self, call: Call<'_>, waking: &mut Waking<'_>) -> Poll<Ended<T>>;

    /// Goes on with a call that is pending.
    fn resume(&mut self, waking: &mut Waking<'_>) -> Poll<Ended<T>>;

    /// Drops a call that is pending.
    fn clear(&mut self);

    /// Handles the event in hand, and those behind it as long as the run goes on.
    ///
    /// # Safety
    ///
    /// As [`start`](Self::start), for the event that is in hand when this returns; and the events of the run are of its type.
    #[allow(unsafe_code, reason = "the caller answers for what the call borrows")]
    unsafe fn run(&mut self, run: &mut Run<'_>, waking: &mut Waking<'_>) -> Poll<Ended<T>>;
}

/// The function of a filter or handler.
pub(crate) trait Body<T: 'static>: Send {
    /// Calls it, with a place for its future.
    ///
    /// # Safety
    ///
    /// As [`Invoke::start`].
    #[allow(unsafe_code, reason = "the caller answers for what the call borrows")]
    unsafe fn begin(
        &mut self,
        call: Call<'_>,
        slot: &mut FutureSlot<Ended<T>>,
        waking: &mut Waking<'_>,
    ) -> Poll<Ended<T>>;
}

/// A handler of one type of events.
pub(crate) struct Typed<E, B> {
    /// Before the body, which its future borrows.
    slot: FutureSlot<Ended<()>>,
    body: Apart<B>,
    event: PhantomData<fn(E)>,
}

impl<E, B> Typed<E, B> {
    pub(crate) fn new(body: B) -> Self {
        Self { slot: FutureSlot::new(), body: Apart::new(body), event: PhantomData }
    }
}

#[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
impl<E: NamedEvent, B: Body<()>> Invoke<()> for Typed<E, B> {
    fn sees(&self) -> Sees {
        Sees::Payload
    }

    fn can_run(&self) -> bool {
        true
    }

    unsafe fn start(&mut self, call: Call<'_>, waking: &mut Waking<'_>) -> Poll<Ended<()>> {
        // SAFETY: as the caller says. No call is pending, so nothing borrows the body.
        unsafe { self.body.get().begin(call, &mut self.slot, waking) }
    }

    fn resume(&mut self, waking: &mut Waking<'_>) -> Poll<Ended<()>> {
        self.slot.resume(waking)
    }

    fn clear(&mut self) {
        self.slot.clear();
    }

    unsafe fn run(&mut self, run: &mut Run<'_>, waking: &mut Waking<'_>) -> Poll<Ended<()>> {
        loop {
            let payload = run.payload::<E>();
            // SAFETY: an `E` is in hand, as the caller says. What the call is given outlives it: the run goes on when it is ready;
            // else the caller sees to it.
            let ended = unsafe { self.body.get().begin(run.call(payload), &mut self.slot, waking) };
            match ended {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            // SAFETY: the event in hand has been handled, and its payload is not used again; it has been dropped or taken then.
            let goes_on = unsafe {
                run.drop_payload(payload);
                run.goes_on()
            };
            if !goes_on {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// A filter, or a handler that sees whole records.
pub(crate) struct Whole<T: 'static, B> {
    /// Before the body, which its future borrows.
    slot: FutureSlot<Ended<T>>,
    body: Apart<B>,
    sees: Sees,
}

impl<T: 'static, B> Whole<T, B> {
    pub(crate) fn new(body: B, sees: Sees) -> Self {
        Self { slot: FutureSlot::new(), body: Apart::new(body), sees }
    }
}

#[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
impl<T: 'static, B: Body<T>> Invoke<T> for Whole<T, B> {
    fn sees(&self) -> Sees {
        self.sees
    }

    unsafe fn start(&mut self, call: Call<'_>, waking: &mut Waking<'_>) -> Poll<Ended<T>> {
        // SAFETY: as the caller says. No call is pending, so nothing borrows the body.
        unsafe { self.body.get().begin(call, &mut self.slot, waking) }
    }

    fn resume(&mut self, waking: &mut Waking<'_>) -> Poll<Ended<T>> {
        self.slot.resume(waking)
    }

    fn clear(&mut self) {
        self.slot.clear();
    }

    unsafe fn run(&mut self, _: &mut Run<'_>, _: &mut Waking<'_>) -> Poll<Ended<T>> {
        unreachable!("it says that it can't")
    }
}

/// How a call begins: at once, or with a future in the place that its handler has for it.
pub struct Start<'a, T: 'static> {
    slot: NonNull<FutureSlot<Ended<T>>>,
    waking: NonNull<Waking<'a>>,
}

impl<'a, T: 'static> Start<'a, T> {
    /// The start of a call.
    ///
    /// # Safety
    ///
    /// What is borrowed for `'a` is there as [`Invoke::start`] says. The start is used within the call of this function's caller.
    #[inline]
    #[allow(unsafe_code, reason = "the caller answers for what the call borrows")]
    unsafe fn of(slot: &mut FutureSlot<Ended<T>>, waking: &mut Waking<'_>) -> Self {
        Self { slot: NonNull::from(slot), waking: NonNull::from(waking).cast() }
    }

    /// A plain function has ended.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    pub fn now(self, ended: Result<T, BoxError>) -> Poll<Result<T, BoxError>> {
        Poll::Ready(ended)
    }

    /// An `async` function has to be polled, and then what it returned to be settled: what both borrow is that of the call. It
    /// may not have been given its event.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    pub fn call<F, S>(self, called: Result<F, BoxError>, settle: S) -> Poll<Result<T, BoxError>>
    where
        F: Future + Send + 'a,
        S: Fn(F::Output) -> Result<T, BoxError> + Send + 'a,
    {
        match called {
            Ok(future) => self.later(Settled { future, settle }),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// An `async` function has to be polled: what it borrows is that of the call.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    pub fn later<F>(mut self, future: F) -> Poll<Result<T, BoxError>>
    where
        F: Future<Output = Result<T, BoxError>> + Send + 'a,
    {
        // SAFETY: what is borrowed for the call outlives the future: whoever made this has promised it.
        #[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
        unsafe {
            self.slot.as_mut().begin(future, self.waking.as_mut())
        }
    }
}

/// A function's future, and what becomes of its outcome.
struct Settled<F, S> {
    future: F,
    settle: S,
}

impl<T, F, S> Future for Settled<F, S>
where
    F: Future,
    S: Fn(F::Output) -> Result<T, BoxError>,
{
    type Output = Result<T, BoxError>;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    fn poll(self: Pin<&mut Self>, waking: &mut Waking<'_>) -> Poll<Self::Output> {
        // SAFETY: the future is not moved as long as this is not; `settle` is not pinned.
        #[allow(unsafe_code, reason = "it reaches a pinned field")]
        let (future, settle) = unsafe {
            let Self { future, settle } = self.get_unchecked_mut();
            (Pin::new_unchecked(future), settle)
        };
        future.poll(waking).map(settle)
    }
}

/// The glue that a macro has generated.
struct Glue<F>(F);

#[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
impl<T: 'static, F> Body<T> for Glue<F>
where
    F: for<'a> Fn(Call<'a>, Start<'a, T>) -> Poll<Ended<T>> + Send,
{
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    unsafe fn begin(
        &mut self,
        call: Call<'_>,
        slot: &mut FutureSlot<Ended<T>>,
        waking: &mut Waking<'_>,
    ) -> Poll<Ended<T>> {
        // SAFETY: as the caller says: the call outlives what is begun with it. The start ends here.
        let start = unsafe { Start::of(slot, waking) };
        (self.0)(call, start)
    }
}

/// What a record has to make its filter or handler callable.
pub struct Callable<T: 'static>(pub(crate) Box<dyn Invoke<T>>);

impl Callable<()> {
    /// A handler of payloads.
    pub fn typed<E: NamedEvent, F>(glue: F) -> Self
    where
        F: for<'a> Fn(Call<'a>, Start<'a, ()>) -> Poll<Result<(), BoxError>> + Send + 'static,
    {
        Self(Box::new(Typed::<E, _>::new(Glue(glue))))
    }
}

impl<T: 'static> Callable<T> {
    /// A filter, or a handler of whole records.
    pub fn record<F>(glue: F) -> Self
    where
        F: for<'a> Fn(Call<'a>, Start<'a, T>) -> Poll<Result<T, BoxError>> + Send + 'static,
    {
        Self(Box::new(Whole::new(Glue(glue), Sees::Record)))
    }
}

/// The event in hand and everything that a filter or handler can ask for: one for each dispatcher, at a place of its own, so that
/// a call is a pointer to it.
pub(crate) struct CallData {
    /// The payload, where it lies in the queue, and the id of its type.
    pub(crate) payload: Option<NonNull<u8>>,
    pub(crate) id: TypeId,
    /// The payload does not lie in the queue any more.
    pub(crate) taken: AtomicBool,
    pub(crate) whole: Option<NonNull<Event>>,
    pub(crate) last: bool,
    pub(crate) component: Option<NonNull<ComponentSlot>>,
    pub(crate) states: NonNull<[StateSlot]>,
    pub(crate) shared: NonNull<Shared>,
    pub(crate) domain: usize,
}

impl CallData {
    pub(crate) fn new(shared: &Shared, domain: usize) -> Self {
        Self {
            payload: None,
            id: TypeId::of::<Event>(),
            taken: AtomicBool::new(false),
            whole: None,
            last: true,
            component: None,
            states: NonNull::from(&[]),
            shared: NonNull::from(shared),
            domain,
        }
    }
}

// SAFETY: it stands for references to what may be sent and shared.
#[allow(unsafe_code, reason = "pointers are not sent by themselves")]
unsafe impl Send for CallData {}
// SAFETY: the same.
#[allow(unsafe_code, reason = "pointers are not shared by themselves")]
unsafe impl Sync for CallData {}

/// A call of a filter or handler.
pub struct Call<'a>(&'a CallData);

impl<'a> Call<'a> {
    /// A call.
    ///
    /// # Safety
    ///
    /// What the data points to is there for `'a`, as [`Invoke::start`] says, its payload has not been taken, and this is the only call
    /// with it.
    #[inline]
    #[allow(unsafe_code, reason = "the caller answers for what the call borrows")]
    pub(crate) unsafe fn new(data: &'a CallData) -> Self {
        Self(data)
    }

    /// The event, and the rest.
    #[inline]
    pub fn split(self) -> (EventInHand<'a>, Context<'a>) {
        (EventInHand(self.0), Context { data: self.0, has_component: true })
    }

    /// Where it happens.
    #[inline]
    pub(crate) fn at(&self) -> At<'a> {
        at(self.0)
    }
}

#[inline]
#[allow(unsafe_code, reason = "a call has what it points to")]
fn at(data: &CallData) -> At<'_> {
    // SAFETY: a call has the nexus that it happens in.
    let shared = unsafe { data.shared.as_ref() };
    At { shared, domain: data.domain, turn: shared.domains[data.domain].board.turn() }
}

/// An event that a handler takes by value: those before the last one get a clone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is taken by value, but can't be cloned for the other handlers",
    label = "not `Clone`",
    note = "take `&{Self}`, or add `#[derive(Clone)]` to it"
)]
pub trait ByValue: Send + Sync + Clone + 'static {}

#[diagnostic::do_not_recommend]
impl<E: Send + Sync + Clone + 'static> ByValue for E {}

/// The event in hand, as a handler's first parameter asks for it.
pub struct EventInHand<'a>(&'a CallData);

#[allow(unsafe_code, reason = "a call has what it points to")]
impl<'a> EventInHand<'a> {
    /// The payload in its place, if it is an `E`. Nobody has taken it, as whoever made the call has said.
    #[inline]
    fn place<E: 'static>(&self) -> Option<NonNull<E>> {
        let payload = self.0.payload?;
        debug_assert!(!self.0.taken.load(Ordering::Relaxed), "a payload is given after it has been taken");
        (self.0.id == TypeId::of::<E>()).then(|| payload.cast())
    }

    /// The payload, for `&E`.
    ///
    /// # Errors
    ///
    /// [`PayloadMismatch`], if the event is a dynamic one of this name.
    #[inline]
    pub fn borrowed<E: 'static>(self) -> Result<&'a E, BoxError> {
        if let Some(place) = self.place::<E>() {
            // SAFETY: it is an `E`, and whoever could take it consumes the event.
            return Ok(unsafe { place.as_ref() });
        }
        self.borrowed_whole()
    }

    #[cold]
    fn borrowed_whole<E: 'static>(self) -> Result<&'a E, BoxError> {
        match self.whole() {
            Some(event) if let Some(payload) = event.any_payload() => Ok(payload),
            _ => Err(mismatch::<E>()),
        }
    }

    /// The event, if its payload does not lie in the queue.
    fn whole(self) -> Option<&'a Event> {
        let whole = self.0.whole.filter(|_| self.0.payload.is_none());
        // SAFETY: the call has the whole event.
        whole.map(|event| unsafe { event.as_ref() })
    }

    /// The payload by value: the last handler of an event gets the event itself, those before it a clone.
    ///
    /// # Errors
    ///
    /// [`PayloadMismatch`], if the event is a dynamic one of this name.
    #[inline]
    pub fn owned<E: ByValue>(self) -> Result<E, BoxError> {
        let Some(place) = self.place::<E>() else { return self.owned_whole() };
        if self.0.last {
            self.0.taken.store(true, Ordering::Relaxed);
            // SAFETY: it is an `E`, and the flag keeps everybody from using it again.
            Ok(unsafe { place.read() })
        } else {
            // SAFETY: it is an `E`, and nobody takes it meanwhile.
            Ok(unsafe { place.as_ref() }.clone())
        }
    }

    #[cold]
    fn owned_whole<E: ByValue>(self) -> Result<E, BoxError> {
        let Some(mut whole) = self.0.whole.filter(|_| self.0.payload.is_none()) else {
            return Err(mismatch::<E>());
        };
        // SAFETY: the call has the whole event, and nobody else looks at it now.
        let event = unsafe { whole.as_mut() };
        let payload = if self.0.last { event.take_payload() } else { event.any_payload::<E>().cloned() };
        payload.ok_or_else(mismatch::<E>)
    }

    /// The whole record, for `&Event`.
    ///
    /// # Panics
    ///
    /// Never: a record that asks for it is given it.
    pub fn record(self) -> &'a Event {
        let whole = self.0.whole.expect("who sees whole records is given one");
        // SAFETY: the call has the whole event.
        unsafe { whole.as_ref() }
    }
}

#[cold]
fn mismatch<E>() -> BoxError {
    PayloadMismatch { expected: std::any::type_name::<E>() }.into()
}

/// What a filter or handler can ask for besides the event.
pub struct Context<'a> {
    data: &'a CallData,
    has_component: bool,
}

#[allow(unsafe_code, reason = "a call has what it points to")]
impl<'a> Context<'a> {
    /// The queue, for `&mut Queue<S>`. What `S` has to be is asked by the record, of each of its types.
    #[inline]
    pub fn queue<S>(&self) -> Queue<S> {
        Queue::of(at(self.data))
    }

    /// An emitter, for `Emitter<S>`.
    pub fn emitter<S: EventSet>(&self) -> Emitter<S> {
        at(self.data).emitter()
    }

    /// For `Meta`.
    pub fn meta(&self) -> Meta {
        at(self.data).meta()
    }

    #[inline]
    fn slot(&self, place: usize) -> &'a StateSlot {
        // SAFETY: a call has the state of its record.
        unsafe { &self.data.states.as_ref()[place] }
    }

    /// The state that stands at this place in the record, for `&T`.
    ///
    /// # Panics
    ///
    /// If the record does not ask for a `T` at this place: generated code does.
    #[inline]
    pub fn state<T: Send + Sync + 'static>(&self, place: usize) -> &'a T {
        self.slot(place).get().expect("the plan puts each state where its record asks for it")
    }

    /// The state that stands at this place in the record, for `Arc<T>`.
    pub fn shared<T: Send + Sync + 'static>(&self, place: usize) -> Arc<T> {
        shared(self.slot(place))
    }

    /// The component, for `&mut self`.
    ///
    /// # Panics
    ///
    /// If the record does not ask for a `T`, or if it is asked for twice: generated code does neither.
    #[inline]
    pub fn component<T: Send + 'static>(&mut self) -> &'a mut T {
        let component = self.data.component.filter(|_| std::mem::take(&mut self.has_component));
        // SAFETY: the call has its component, and gives it once.
        let component = component.and_then(|mut component| unsafe { component.as_mut() }.get());
        component.expect("the plan gives each handler the component that its record asks for")
    }

    /// Where returned events go.
    #[inline]
    pub fn returned(&self) -> Returned<'a> {
        Returned(self.data)
    }
}

pub(crate) fn shared<T: Send + Sync + 'static>(slot: &StateSlot) -> Arc<T> {
    slot.shared().expect("the plan puts each state where its record asks for it")
}

/// Puts what a handler returns into the queue.
pub struct Returned<'a>(&'a CallData);

impl Give for Returned<'_> {
    #[inline]
    fn give<E: IntoEvent>(&mut self, event: E) {
        if E::FITS {
            at(self.0).emit(event);
        } else {
            at(self.0).emit(event.into_event());
        }
    }
}
