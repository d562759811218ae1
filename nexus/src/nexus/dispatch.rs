//! The dispatcher of one domain: takes one event at a time, passes it through the filters, calls its handlers, and
//! books the outcome.

use std::any::Any;
use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use super::current::within;
use super::intake::{Outcome, Queued};
use super::life::Phase;
use super::lock;
use super::policy::{DeadLetter, Policy};
use super::shared::{Domain, Hand, Over, Shared, drop_quietly};
use super::tree::Origin;
use crate::consume::{Call, Invoke, StateSlot, Step, Verdict};
use crate::error::{Cause, Failure, panic_message};
use crate::event::{Event, EventType, Meta, NamedEvent, Unhandled};

/// After so many events the dispatcher lets the runtime do other things, however many events wait.
const EVENTS_A_TURN: u32 = 128;

/// What can be called in one domain.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) filters: Vec<Entry<Verdict>>,
    pub(crate) handlers: Vec<Entry<()>>,
    /// The places in `handlers` of those for one type, in their order.
    pub(crate) by_type: HashMap<EventType, Vec<usize>>,
    /// The places of those that handle what no other does.
    pub(crate) default: Vec<usize>,
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
    /// Last: whoever waits for the end of the nexus finds every domain closed.
    _over: Arc<Over>,
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
        self.0.stop().ok();
        self.0.close(self.1);
    }
}

impl Dispatcher {
    pub(crate) fn new(index: usize, table: Table, over: Arc<Over>) -> Self {
        let shared = over.0.clone();
        Self { _close: Close(shared.clone(), index), shared, index, table, _over: over }
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
        for admission in admitted {
            // Whoever waited may have gone; its event is in all the same.
            admission.send(Ok(())).ok();
        }
        Next::Event(queued)
    }

    async fn handle(&mut self, queued: Queued) {
        let Queued { mut event, origins, time } = queued;
        let mut meta = Meta::new(event.id()).with_priority(event.priority()).with_time(time);
        if let Some(cause) = origins.cause {
            meta = meta.with_cause(cause);
        }
        let turn = self.domain().turn.load(Ordering::SeqCst);
        let hand = Hand { shared: self.shared.clone(), domain: self.index, meta, tree: origins.tree, turn };
        let mut reported = Vec::new();
        let outcome = self.pass(&mut event, &hand, &mut reported).await;
        within(&hand, || bury(event, &hand, reported));
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
    async fn pass(&mut self, event: &mut Event, hand: &Hand, reported: &mut Vec<Failure>) -> Outcome {
        let Table { filters, handlers, by_type, default, components } = &mut self.table;
        for filter in filters {
            note(hand, &filter.name, false);
            match step(filter, components, event, false, hand).await {
                Ok(Verdict::Pass) => {}
                Ok(Verdict::Consume) => return Outcome::Consumed,
                Err(cause) => {
                    tell(Some(&filter.name), cause, event, hand, reported);
                    return Outcome::Failed;
                }
            }
        }
        let places = by_type.get(event.event_type()).unwrap_or(default);
        let Some(last) = places.len().checked_sub(1) else {
            if event.unhandled() == Unhandled::Discard {
                return Outcome::Discarded;
            }
            tell(None, Cause::Unhandled, event, hand, reported);
            return Outcome::Unhandled;
        };
        let mut outcome = Outcome::Handled;
        for (nth, place) in places.iter().enumerate() {
            let handler = &mut handlers[*place];
            note(hand, &handler.name, true);
            if let Err(cause) = step(handler, components, event, nth == last, hand).await {
                outcome = Outcome::Failed;
                tell(Some(&handler.name), cause, event, hand, reported);
                if hand.shared.policy == Policy::Fail {
                    break;
                }
            }
        }
        outcome
    }
}

/// Notes who has the event in hand now.
fn note(hand: &Hand, item: &Arc<str>, delivery: bool) {
    lock(&hand.shared.domains[hand.domain].intake).hand_to(item, delivery);
}

/// Calls one filter or handler to its end; a panic is its error.
async fn step<T>(
    entry: &mut Entry<T>,
    components: &mut [Box<dyn Any + Send>],
    event: &mut Event,
    last: bool,
    hand: &Hand,
) -> Result<T, Cause> {
    let component = entry.component.map(|place| &mut *components[place]);
    let call = Call { event, last, component, states: &entry.states, hand };
    let run = &mut entry.run;
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
fn tell(item: Option<&Arc<str>>, cause: Cause, event: &Event, hand: &Hand, reported: &mut Vec<Failure>) {
    let failure =
        Failure::of_event((event.event_type().clone(), event.id()), item.map(ToString::to_string), cause);
    let shared = &hand.shared;
    if item.is_some() {
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
    if !taken {
        within(hand, || shared.report(&failure, Some(event)));
        reported.push(failure);
    }
}

/// Drops a settled event, or makes the dead letters of one that failed.
fn bury(event: Event, hand: &Hand, reported: Vec<Failure>) {
    if reported.is_empty() || event.event_type() == &EventType::named(DeadLetter::NAME) {
        return drop_quietly(event);
    }
    let event = if event.is_taken() { None } else { Some(Arc::new(event)) };
    for failure in reported {
        hand.put_dead_letter(DeadLetter::new(failure, event.clone()));
    }
    drop_quietly(event);
}
