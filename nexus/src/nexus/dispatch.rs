//! The dispatcher of one domain: takes one event at a time, passes it through the filters, calls its handlers, and
//! books the outcome.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use super::current::within;
use super::intake::{Origins, Outcome, Queued};
use super::life::Phase;
use super::lock;
use super::policy::{DeadLetter, Policy};
use super::shared::{Domain, Hand, Over, Shared, answer, drop_quietly};
use super::tree::Origin;
use crate::consume::{Call, Invoke, StateSlot, Step, Verdict};
use crate::dynamic::{CallError, Lookup, Registered, RegisteredCall, is_one_bit};
use crate::error::{Cause, Failure, panic_message};
use crate::event::{Event, EventType, Meta, NamedEvent, Unhandled};

/// After so many events the dispatcher lets the runtime do other things, however many events wait.
const EVENTS_A_TURN: u32 = 128;

/// What can be called in one domain.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) filters: Vec<Entry<Verdict>>,
    pub(crate) handlers: Vec<Entry<()>>,
    /// Finds the places in `handlers`, in their order.
    pub(crate) lookup: Lookup,
    pub(crate) components: Vec<Box<dyn Any + Send>>,
}

/// A filter or handler with what it needs.
pub(crate) struct Entry<T> {
    pub(crate) name: Arc<str>,
    pub(crate) run: Box<dyn Invoke<T>>,
    pub(crate) states: Vec<StateSlot>,
    /// The place of its component.
    pub(crate) component: Option<usize>,
}

pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    index: usize,
    /// Before the table: whoever a component's destructor waits for is answered first.
    _close: Close,
    table: Table,
    /// What has been registered beside the plan, as of this version.
    overlay: Quiet,
    seen: u64,
    /// Those who are to be called for the event in hand.
    chosen: Vec<Chosen>,
    /// Last: whoever waits for the end of the nexus finds every domain closed.
    _over: Arc<Over>,
}

/// Registrations that are dropped quietly: the last to have a handler drops what is the user's.
struct Quiet(Option<Arc<Registered>>);

impl Drop for Quiet {
    fn drop(&mut self) {
        drop_quietly(self.0.take());
    }
}

/// The place of a handler.
#[derive(Clone, Copy)]
enum Chosen {
    /// In the plan.
    Planned(usize),
    /// Among those that have been registered.
    Registered(usize),
}

enum Next {
    Event(Queued),
    Nothing,
    Over,
}

/// Closes the domain however its dispatcher ends: at its end, cut by an abort (perhaps before its first turn), or with its
/// runtime.
struct Close(Arc<Shared>, usize);

impl Drop for Close {
    fn drop(&mut self) {
        self.0.end().ok();
        self.0.close(self.1);
    }
}

impl Dispatcher {
    pub(crate) fn new(index: usize, table: Table, over: Arc<Over>) -> Self {
        let shared = over.0.clone();
        Self {
            _close: Close(shared.clone(), index),
            shared,
            index,
            table,
            overlay: Quiet(None),
            seen: 0,
            chosen: Vec::new(),
            _over: over,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut turn = 0_u32;
        loop {
            match self.next() {
                Next::Event(queued) => self.handle(queued).await,
                Next::Nothing => self.domain().wake.notified().await,
                Next::Over => break,
            }
            turn = turn.wrapping_add(1);
            if turn.is_multiple_of(EVENTS_A_TURN) {
                tokio::task::yield_now().await;
            }
        }
    }

    fn domain(&self) -> &Domain {
        &self.shared.domains[self.index]
    }

    fn next(&self) -> Next {
        let mut intake = lock(&self.domain().intake);
        if self.shared.life.phase() == Phase::Stopped {
            return Next::Over;
        }
        let Some((queued, admitted)) = intake.take() else {
            return if self.shared.life.is_over() { Next::Over } else { Next::Nothing };
        };
        drop(intake);
        answer(admitted);
        Next::Event(queued)
    }

    async fn handle(&mut self, queued: Queued) {
        let Queued { mut event, origins, time } = queued;
        let mut meta = Meta::new(event.id()).with_priority(event.priority()).with_time(time);
        if let Some(cause) = origins.cause {
            meta = meta.with_cause(cause);
        }
        let turn = self.domain().turn.load(Ordering::SeqCst);
        let Origins { tree, way, .. } = origins;
        let hand = Hand { shared: self.shared.clone(), domain: self.index, meta, tree, way, turn };
        let version = self.domain().registrations.version();
        if version != self.seen {
            let (seen, table) = self.domain().registrations.table();
            self.seen = seen;
            self.overlay = Quiet(Some(table));
        }
        let mut failures = Failures::default();
        let outcome = self.pass(&mut event, &hand, &mut failures).await;
        within(&hand, || bury(event, &hand, failures));
        self.domain().turn.fetch_add(1, Ordering::SeqCst);
        self.settle(outcome);
    }

    /// Books the event in hand, and tells who waits for its tree.
    fn settle(&self, outcome: Outcome) {
        let mut intake = lock(&self.domain().intake);
        let origins = intake.settle(outcome);
        let idle = intake.is_idle();
        drop(intake);
        if let Some(tree) = origins.and_then(|origins| origins.tree) {
            tree.leave();
        }
        if idle {
            self.shared.idle();
        }
    }

    /// Takes the event through filters and handlers.
    async fn pass(&mut self, event: &mut Event, hand: &Hand, failures: &mut Failures) -> Outcome {
        if hand.shared.domains[hand.domain].bits && !is_one_bit(event) {
            let refused = CallError::InvalidEventType(event.event_type().clone());
            tell(None, Cause::Error(refused.into()), event, hand, failures);
            return Outcome::Failed;
        }
        if let Some(outcome) = self.filter(event, hand, failures).await {
            return outcome;
        }
        self.choose(event.event_type());
        let Some(last) = self.chosen.len().checked_sub(1) else {
            if event.unhandled() == Unhandled::Discard {
                return Outcome::Discarded;
            }
            tell(None, Cause::Unhandled, event, hand, failures);
            return Outcome::Unhandled;
        };
        let Self { table, overlay: Quiet(overlay), chosen, .. } = self;
        let mut outcome = Outcome::Handled;
        for (nth, place) in chosen.iter().enumerate() {
            let (name, result) = match (*place, &overlay) {
                (Chosen::Registered(place), Some(overlay)) => {
                    let handler = &overlay.handlers[place];
                    note(hand, handler.shared_name(), true);
                    let call = Call { event, last: false, component: None, states: &[], hand };
                    (handler.shared_name(), step(&mut RegisteredCall::handler(handler), call, hand).await)
                }
                (Chosen::Planned(place) | Chosen::Registered(place), _) => {
                    let handler = &mut table.handlers[place];
                    note(hand, &handler.name, true);
                    let result = handler.call(&mut table.components, event, nth == last, hand).await;
                    (&handler.name, result)
                }
            };
            if let Err(cause) = result {
                outcome = Outcome::Failed;
                tell(Some(name), cause, event, hand, failures);
                if hand.shared.policy == Policy::Fail {
                    break;
                }
            }
        }
        outcome
    }

    /// Takes the event through the filters: the plan's, then those that have been registered.
    async fn filter(&mut self, event: &mut Event, hand: &Hand, failures: &mut Failures) -> Option<Outcome> {
        let Self { table, overlay: Quiet(overlay), .. } = self;
        for filter in &mut table.filters {
            note(hand, &filter.name, false);
            let verdict = filter.call(&mut table.components, event, false, hand).await;
            if let Some(outcome) = judge(verdict, &filter.name, event, hand, failures) {
                return Some(outcome);
            }
        }
        for filter in overlay.iter().flat_map(|overlay| &overlay.filters) {
            note(hand, filter.shared_name(), false);
            let call = Call { event, last: false, component: None, states: &[], hand };
            let verdict = step(&mut RegisteredCall::filter(filter), call, hand).await;
            if let Some(outcome) = judge(verdict, filter.shared_name(), event, hand, failures) {
                return Some(outcome);
            }
        }
        None
    }

    /// Finds those who are to be called: if several may share an event, all who are for its type, by itself, by a range or by
    /// a mask; else the one who is for it most precisely. The default ones only if there is no other.
    fn choose(&mut self, event_type: &EventType) {
        let Self { shared, table, overlay: Quiet(overlay), chosen, .. } = self;
        chosen.clear();
        let planned = &table.lookup;
        let registered = overlay.as_ref().map(|overlay| &overlay.lookup);
        let in_order = |places: &mut [Chosen]| {
            places.sort_unstable_by_key(|place| match place {
                Chosen::Planned(place) | Chosen::Registered(place) => *place,
            });
        };
        chosen.extend(planned.exact(event_type).iter().copied().map(Chosen::Planned));
        if shared.multiple {
            chosen.extend(planned.wide(event_type).map(Chosen::Planned));
            in_order(chosen);
            let first = chosen.len();
            if let Some(registered) = registered {
                chosen.extend(registered.exact(event_type).iter().copied().map(Chosen::Registered));
                chosen.extend(registered.wide(event_type).map(Chosen::Registered));
                in_order(&mut chosen[first..]);
            }
        } else {
            let mut or_else = |places: &mut dyn Iterator<Item = Chosen>| {
                if chosen.is_empty() {
                    chosen.extend(places);
                }
            };
            if let Some(registered) = registered {
                or_else(&mut registered.exact(event_type).iter().copied().map(Chosen::Registered));
            }
            or_else(&mut planned.wide(event_type).map(Chosen::Planned));
            if let Some(registered) = registered {
                or_else(&mut registered.wide(event_type).map(Chosen::Registered));
            }
        }
        if chosen.is_empty() {
            chosen.extend(planned.default().iter().copied().map(Chosen::Planned));
            let registered = registered.map_or(&[][..], Lookup::default);
            chosen.extend(registered.iter().copied().map(Chosen::Registered));
        }
    }
}

impl<T> Entry<T> {
    /// Calls it to its end.
    async fn call(
        &mut self,
        components: &mut [Box<dyn Any + Send>],
        event: &mut Event,
        last: bool,
        hand: &Hand,
    ) -> Result<T, Cause> {
        let component = self.component.map(|place| &mut *components[place]);
        let call = Call { event, last, component, states: &self.states, hand };
        step(&mut *self.run, call, hand).await
    }
}

/// What a filter's verdict means for its event; `None` if it goes on.
fn judge(
    verdict: Result<Verdict, Cause>,
    filter: &Arc<str>,
    event: &Event,
    hand: &Hand,
    failures: &mut Failures,
) -> Option<Outcome> {
    match verdict {
        Ok(Verdict::Pass) => None,
        Ok(Verdict::Consume) => Some(Outcome::Consumed),
        Err(cause) => {
            tell(Some(filter), cause, event, hand, failures);
            Some(Outcome::Failed)
        }
    }
}

/// How an event failed.
#[derive(Default)]
struct Failures {
    /// Told to the hook: these make dead letters.
    reported: Vec<Failure>,
    /// Told to somebody who waits.
    kept: Vec<Failure>,
}

/// Notes who has the event in hand now.
fn note(hand: &Hand, item: &Arc<str>, delivery: bool) {
    lock(&hand.shared.domains[hand.domain].intake).hand_to(item, delivery);
}

/// Calls one filter or handler to its end; a panic is its error.
async fn step<'a, T, I: Invoke<T> + ?Sized>(run: &'a mut I, call: Call<'a>, hand: &Hand) -> Result<T, Cause> {
    let step = within(hand, || catch_unwind(AssertUnwindSafe(|| run.invoke(call))));
    let result = match step {
        Ok(Step::Done(result)) => Ok(result),
        Ok(Step::Later(mut future)) => {
            let polled = poll_fn(|cx| {
                let poll = || catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
                match within(hand, poll) {
                    Ok(Poll::Pending) => Poll::Pending,
                    Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
                    Err(panic) => Poll::Ready(Err(panic)),
                }
            })
            .await;
            drop_quietly(future);
            polled
        }
        Err(panic) => Err(panic),
    };
    match result {
        Ok(result) => result.map_err(Cause::Error),
        Err(panic) => {
            let message = panic_message(&*panic);
            drop_quietly(panic);
            Err(Cause::Panic(message))
        }
    }
}

/// Tells a failure to whom the policy says; those that are reported make a dead letter.
fn tell(item: Option<&Arc<str>>, cause: Cause, event: &Event, hand: &Hand, failures: &mut Failures) {
    let failure =
        Failure::of_event((event.event_type().clone(), event.id()), item.map(ToString::to_string), cause);
    let shared = &hand.shared;
    if !matches!(failure.cause(), Cause::Unhandled) {
        lock(&shared.domains[hand.domain].intake).note_failure();
    }
    if let Some(tree) = &hand.tree {
        tree.mark_failed();
    }
    let taken = shared.policy == Policy::Fail
        && match &hand.tree {
            Some(tree) if tree.origin == Origin::Call => tree.keep(&failure),
            Some(tree) if tree.origin == Origin::Converter => shared.fail(&failure),
            Some(_) | None => false,
        };
    if taken {
        failures.kept.push(failure);
    } else {
        within(hand, || shared.report(&failure, Some(event)));
        failures.reported.push(failure);
    }
}

/// Drops a settled event; one that failed goes into its failures, and makes dead letters.
fn bury(event: Event, hand: &Hand, failures: Failures) {
    let Failures { reported, kept } = failures;
    if reported.is_empty() && kept.is_empty() {
        return drop_quietly(event);
    }
    let (taken, letter) = (event.is_taken(), event.event_type() == &EventType::named(DeadLetter::NAME));
    let event = Arc::new(event);
    reported.iter().chain(&kept).for_each(|failure| failure.complete(&event));
    if !letter {
        for failure in reported {
            hand.put_dead_letter(DeadLetter::new(failure, (!taken).then(|| event.clone())));
        }
    }
    drop_quietly(event);
}
