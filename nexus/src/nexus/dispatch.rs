//! The dispatcher of one domain: takes one event at a time, passes it through the filters, calls its handlers, and
//! books the outcome.
//!
//! It is a state machine that is polled, not an `async` function: handlers' futures lie in places of their own, and whoever has the
//! seat can go on with it, be it the domain's own task or a call that found it idle.

use std::cell::RefCell;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::backlog::Backlog;
use super::board::{Board, Cell, Item, QUIET};
use super::hand::Hand;
use super::intake::Outcome;
use super::life::Phase;
use super::lock;
use super::policy::{DeadLetter, Policy};
use super::shared::{Domain, Over, Rest, Shared, drop_quietly, quietly};
use super::tree::{Origin, Tree};
use crate::consume::{Call, CallData, Ended, Invoke, Sees, Verdict};
use crate::dynamic::{CallError, Filter, Handler, Lookup, Registered, is_one_bit};
use crate::error::{Cause, Failure, panic_message};
use crate::event::{Event, EventType, Kind, NamedEvent, Unhandled, WHOLE, kind};
use crate::raw::{
    Apart, ComponentSlot, Driver, Front, FutureSlot, Log, Member, StateSlot, Stretch, Tags, frame,
};

/// After so many events the dispatcher lets the runtime do other things, however many events wait.
const EVENTS_A_TURN: u32 = 128;

/// What can be called in one domain.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) filters: Vec<Entry<Verdict>>,
    /// Whether one of them keeps what it sees.
    pub(crate) keeps: bool,
    pub(crate) handlers: Vec<Entry<()>>,
    /// Finds the places in `handlers`, in their order.
    pub(crate) lookup: Lookup,
    pub(crate) components: Vec<ComponentSlot>,
    /// By the number of a type, made when its first event comes.
    routes: Vec<Option<Route>>,
    /// What has been registered beside the plan, as of this version.
    overlay: Quiet,
    seen: u64,
    registered_filter: FutureSlot<Ended<Verdict>>,
    registered_handler: FutureSlot<Ended<()>>,
    /// Those who are to be called for the event in hand.
    chosen: Vec<Chosen>,
    hand: Option<InHand>,
}

/// Where the events of one type go, by the plan.
struct Route {
    kind: &'static Kind,
    account: usize,
    cell: Arc<Cell>,
    handlers: Box<[usize]>,
    /// Its only handler, which can handle events one after another by itself.
    run: Option<usize>,
    /// Whether there are some, which see payloads only.
    fan: bool,
}

/// A filter or handler with what it needs.
pub(crate) struct Entry<T: 'static> {
    pub(crate) run: Box<dyn Invoke<T>>,
    pub(crate) states: Vec<StateSlot>,
    /// The place of its component.
    pub(crate) component: Option<usize>,
}

/// Registrations that are dropped quietly: the last to have a handler drops what is the user's.
#[derive(Default)]
struct Quiet(Option<Arc<Registered>>);

impl Quiet {
    fn filter(&self, place: usize) -> Option<Filter> {
        self.0.as_ref()?.filters.get(place).cloned()
    }

    fn handler(&self, place: usize) -> Option<Handler> {
        self.0.as_ref()?.handlers.get(place).cloned()
    }
}

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

/// The event in hand.
struct InHand {
    account: usize,
    /// The type, of an event whose payload lies in the queue.
    kind: Option<&'static Kind>,
    at: Stage,
    /// The call at this stage is pending.
    pending: bool,
    outcome: Outcome,
    failures: Failures,
}

impl InHand {
    fn new(account: usize, kind: Option<&'static Kind>, at: Stage) -> Self {
        Self { account, kind, at, pending: false, outcome: Outcome::Handled, failures: Failures::default() }
    }
}

/// Who is being called, or is called next.
#[derive(Clone, Copy)]
enum Stage {
    Filter(usize),
    RegisteredFilter(usize),
    /// The n-th of those who were chosen.
    Handler(usize),
    /// Nobody else.
    End,
}

/// How an event failed.
#[derive(Default)]
struct Failures {
    /// Told to the hook: these make dead letters.
    reported: Vec<Failure>,
    /// Told to somebody who waits.
    kept: Vec<Failure>,
}

/// What only the driver of a domain touches.
pub(crate) struct Core {
    pub(crate) backlog: RefCell<Backlog>,
    table: RefCell<Table>,
    /// The whole event in hand; of one whose payload lies in the queue, only if somebody looks at it as a whole.
    whole: Apart<Option<Event>>,
    /// What the call that is under way is given.
    call: Apart<CallData>,
    /// Last: whoever waits for the end of the nexus finds every domain closed.
    over: RefCell<Option<Arc<Over>>>,
}

#[allow(unsafe_code, reason = "it looks at what the last call was given, and prepares the next one")]
impl Core {
    pub(crate) fn new(table: Table, backlog: Backlog, domain: usize, over: Arc<Over>) -> Self {
        Self {
            call: Apart::new(CallData::new(&over.0, domain)),
            backlog: RefCell::new(backlog),
            table: RefCell::new(table),
            whole: Apart::new(None),
            over: RefCell::new(Some(over)),
        }
    }

    /// When this turn began, in nanoseconds.
    fn turn_began(&self) -> u64 {
        self.backlog.borrow().now
    }

    /// Whether the payload of the event in hand does not lie in the queue any more.
    #[inline]
    fn is_taken(&self) -> bool {
        // SAFETY: it is looked at, and a pending call has no more of it.
        unsafe { &*self.call.at() }.taken.load(Ordering::Relaxed)
    }

    #[inline]
    fn set_taken(&self, taken: bool) {
        // SAFETY: as above.
        unsafe { &*self.call.at() }.taken.store(taken, Ordering::Relaxed);
    }

    /// A call, with an event that has been prepared for it.
    ///
    /// # Safety
    ///
    /// As [`Invoke::start`].
    unsafe fn call(&self, states: &[StateSlot], component: Option<&mut ComponentSlot>) -> Call<'_> {
        // SAFETY: no call is pending, so nobody borrows it.
        let call = unsafe { self.call.get() };
        call.states = NonNull::from(states);
        call.component = component.map(NonNull::from);
        // SAFETY: as the caller says.
        unsafe { Call::new(call) }
    }
}

/// How a turn of driving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drove {
    /// Nothing is left to do.
    Idle,
    /// The turn was long enough.
    Spent,
    /// A filter or handler is pending.
    Pending,
    /// The nexus has stopped.
    Over,
    /// The tree that it was driven for is done.
    Done,
}

/// Drives a domain for a turn, or until a tree is done.
pub(crate) fn drive(
    shared: &Shared,
    index: usize,
    core: &Core,
    cx: &mut Context<'_>,
    until: Option<&Tree>,
) -> Drove {
    frame::enter(shared, index, core, || {
        let mut table = core.table.borrow_mut();
        let domain = &shared.domains[index];
        let mut turn = Turn { shared, domain, index, core, table: &mut table, budget: EVENTS_A_TURN };
        let drove = turn.drive(cx, until);
        turn.flush();
        drove
    })
}

/// The task of a dispatcher.
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    index: usize,
    /// Whether it is in the seat, as it is also if it is dropped because something has panicked.
    seated: bool,
    _over: Arc<Over>,
}

impl Dispatcher {
    /// The task of a domain whose seat has been taken for it.
    pub(crate) fn new(shared: Arc<Shared>, index: usize, over: Arc<Over>) -> Self {
        Self { shared, index, seated: true, _over: over }
    }

    #[allow(unsafe_code, reason = "it keeps a seat that it has taken")]
    fn driver<'s>(&mut self, shared: &'s Shared, cx: &Context<'_>) -> Option<Driver<'s, Core>> {
        let seat = shared.domains[self.index].seat.get()?;
        if self.seated {
            // SAFETY: it has taken the seat and kept it, and comes back for it once.
            return Some(unsafe { seat.again() });
        }
        let driver = seat.take_or_wait(cx.waker())?;
        self.seated = true;
        Some(driver)
    }
}

impl Future for Dispatcher {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (shared, index) = (this.shared.clone(), this.index);
        let domain = &shared.domains[index];
        let Some(driver) = this.driver(&shared, cx) else { return Poll::Pending };
        loop {
            match drive(&shared, index, driver.get(), cx, None) {
                Drove::Idle => match domain.rest(&shared, cx.waker()) {
                    Rest::Again => {}
                    Rest::Asleep => {
                        this.seated = false;
                        let Some(driver) = driver.leave() else { return Poll::Pending };
                        close(&shared, index, driver);
                        return Poll::Ready(());
                    }
                    Rest::Over => break,
                },
                Drove::Spent => {
                    domain.note_turn(driver.get().turn_began());
                    shared.wake_after_others(index, cx);
                    driver.keep();
                    return Poll::Pending;
                }
                Drove::Pending => {
                    driver.keep();
                    return Poll::Pending;
                }
                Drove::Over | Drove::Done => break,
            }
        }
        shared.end().ok();
        close(&shared, index, driver);
        this.seated = false;
        Poll::Ready(())
    }
}

/// However it ends: at its end, cut by an abort (perhaps before its first turn), or with its runtime.
impl Drop for Dispatcher {
    #[allow(unsafe_code, reason = "it keeps a seat that it has taken")]
    fn drop(&mut self) {
        self.shared.end().ok();
        let Some(seat) = self.shared.domains[self.index].seat.get() else { return };
        let driver = if self.seated {
            // SAFETY: it has taken the seat and kept it, and does not come back.
            Some(unsafe { seat.again() })
        } else {
            seat.close()
        };
        if let Some(driver) = driver {
            close(&self.shared, self.index, driver);
        }
    }
}

/// Closes a domain, and answers everybody who waits for it.
pub(crate) fn close(shared: &Arc<Shared>, index: usize, driver: Driver<'_, Core>) {
    let core = driver.get();
    frame::enter(shared, index, core, || {
        let domain = &shared.domains[index];
        let mut table = core.table.borrow_mut();
        let mut turn = Turn { shared, domain, index, core, table: &mut table, budget: 0 };
        turn.cut();
        turn.flush();
    });
    shared.close(index, core);
    let table = std::mem::take(&mut *core.table.borrow_mut());
    // Whoever a component's destructor waits for has been answered.
    let over = core.over.borrow_mut().take();
    driver.closed();
    drop_quietly(table);
    drop(over);
}

/// One turn of driving.
struct Turn<'t> {
    shared: &'t Shared,
    domain: &'t Domain,
    index: usize,
    core: &'t Core,
    table: &'t mut Table,
    budget: u32,
}

impl Turn<'_> {
    fn drive(&mut self, cx: &mut Context<'_>, until: Option<&Tree>) -> Drove {
        if let Some(hand) = &self.table.hand {
            if !hand.pending {
                // Whoever drove before has panicked.
                return Drove::Over;
            }
            if self.go_on(cx).is_pending() {
                return self.pending();
            }
        } else if until.is_none() || self.domain.meta.load(Ordering::Relaxed) {
            self.note_time();
        } else {
            // A call that drives does so for a moment: the time is noted when it becomes longer.
            self.domain.board.set_since(u64::MAX);
        }
        loop {
            if self.domain.board.signal() != QUIET && !self.look() {
                return Drove::Over;
            }
            if self.domain.board.top() == QUIET {
                return Drove::Idle;
            }
            if self.budget == 0 {
                return Drove::Spent;
            }
            self.budget -= 1;
            if self.next(cx).is_pending() {
                if until.is_some() {
                    self.note_time();
                }
                return self.pending();
            }
            if let Some(tree) = until {
                self.flush();
                if tree.is_done() {
                    return Drove::Done;
                }
            }
        }
    }

    /// The event in hand stays there for a while: whoever came to the door as it was taken must not wait for its end.
    fn pending(&self) -> Drove {
        // The other one is where somebody is let in.
        fence(Ordering::SeqCst);
        self.look_at_the_door();
        Drove::Pending
    }

    /// Tells a tree what has come and gone in it.
    fn flush(&self) {
        let mut backlog = self.core.backlog.borrow_mut();
        if !backlog.tally.is_empty() {
            let done = backlog.tally.flush();
            drop(backlog);
            drop(done);
        }
    }

    /// Notes the time of this turn.
    fn note_time(&self) {
        let now = self.domain.nanoseconds(Instant::now());
        self.core.backlog.borrow_mut().now = now;
        self.domain.board.set_since(now);
    }

    /// Looks at what has come from outside; false if the nexus has stopped.
    #[cold]
    #[inline(never)]
    fn look(&mut self) -> bool {
        let mut backlog = self.core.backlog.borrow_mut();
        let mut intake = lock(&self.domain.intake);
        if self.shared.life.phase() == Phase::Stopped {
            return false;
        }
        intake.look = false;
        backlog.fetch(&self.domain.board, &mut intake);
        self.domain.publish(&intake);
        drop(intake);
        let version = self.domain.registrations.version();
        if version != self.table.seen {
            backlog.set_meta(true);
            drop(backlog);
            let (seen, table) = self.domain.registrations.table();
            self.table.seen = seen;
            let empty = table.filters.is_empty() && table.handlers.is_empty();
            self.table.overlay = Quiet((!empty).then_some(table));
        }
        true
    }

    /// Takes the next event in hand, and handles it as far as it goes.
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut backlog = self.core.backlog.borrow_mut();
        let Some(front) = backlog.take(&self.domain.board) else { return Poll::Ready(()) };
        let (number, id) = (front.number(), front.id());
        drop(backlog);
        self.core.set_taken(false);
        if number == WHOLE {
            return self.next_whole(id, cx);
        }
        let (account, run) = match self.table.routes.get(usize::from(number)) {
            Some(Some(route)) => (route.account, route.run),
            _ => self.first_of(number),
        };
        if self.table.overlay.0.is_some() {
            let kind = self.table.routes[usize::from(number)].as_ref().map(|route| route.kind);
            self.begin(id, InHand::new(account, kind, Stage::Filter(0)));
            return self.go_on(cx);
        }
        match run {
            _ if !self.table.filters.is_empty() => self.sift(number, account, id, cx),
            Some(handler) => self.run(number, account, id, handler, cx),
            None => {
                self.domain.board.begin(account, id, Item::Dispatcher);
                self.look_at_the_door();
                self.fan(number, account, cx)
            }
        }
    }

    /// Asks the filters about the next event, as long as none of them is pending or fails; then it goes the long way from there.
    #[inline(never)]
    #[allow(unsafe_code, reason = "it calls filters, and keeps what they were given")]
    fn sift(&mut self, number: u16, account: usize, id: i64, cx: &mut Context<'_>) -> Poll<()> {
        let Some(Route { kind, .. }) = &self.table.routes[usize::from(number)] else {
            return Poll::Ready(());
        };
        let kind = *kind;
        if self.table.keeps {
            self.begin(id, InHand::new(account, Some(kind), Stage::Filter(0)));
            return self.go_on(cx);
        }
        let board = &self.domain.board;
        board.begin(account, id, Item::Dispatcher);
        self.look_at_the_door();
        self.prepare(Some(kind), Sees::Record, false);
        let core = self.core;
        let Table { filters, components, .. } = &mut *self.table;
        let mut nth = 0;
        let ended = catch_unwind(AssertUnwindSafe(|| {
            while let Some(Entry { run, states, component }) = filters.get_mut(nth) {
                board.hand_to(Item::Filter(nth));
                let component = component.map(|place| &mut components[place]);
                // SAFETY: if it is pending, the event stays in hand until it is resumed or cleared.
                match unsafe { run.start(core.call(states, component), cx) } {
                    Poll::Ready(Ok(Verdict::Pass)) => nth += 1,
                    other => return Some(other),
                }
            }
            None
        }));
        let cause = match ended {
            Ok(None) => {
                self.forget_whole();
                return self.fan(number, account, cx);
            }
            Ok(Some(Poll::Ready(Ok(_)))) => {
                self.forget_whole();
                self.drop_payload(Some(kind));
                self.remove();
                self.settle(account, Outcome::Consumed);
                return Poll::Ready(());
            }
            Ok(Some(Poll::Pending)) => None,
            Ok(Some(Poll::Ready(Err(error)))) => Some(Cause::Error(error)),
            Err(panic) => Some(panicked(panic, || filters[nth].run.clear())),
        };
        let mut hand = InHand::new(account, Some(kind), Stage::Filter(nth));
        hand.pending = cause.is_none();
        self.table.hand = Some(hand);
        let Some(cause) = cause else { return Poll::Pending };
        let name = self.domain.filters[nth].clone();
        self.judge(Err(cause), &name, Stage::End);
        self.go_on(cx)
    }

    /// Nobody looks at the event in hand as a whole any more; its payload lies in the queue.
    #[allow(unsafe_code, reason = "no call is under way")]
    fn forget_whole(&self) {
        // SAFETY: no call is pending, so nobody borrows it. What is lent needs no drop.
        *unsafe { self.core.whole.get() } = None;
    }

    /// Handles the event in hand, which has passed the filters, as long as no handler is pending or fails; then, and if one has to
    /// see more than the payload, it goes the long way from there.
    #[inline(never)]
    #[allow(unsafe_code, reason = "it calls handlers, and keeps what they were given")]
    fn fan(&mut self, number: u16, account: usize, cx: &mut Context<'_>) -> Poll<()> {
        let board = &self.domain.board;
        let Table { routes, handlers, components, .. } = &mut *self.table;
        let Some(Route { kind, handlers: places, fan, .. }) = &routes[usize::from(number)] else {
            return Poll::Ready(());
        };
        let kind = *kind;
        let payload = self.core.backlog.borrow_mut().hand().map(|front| front.payload_at(kind));
        let mut next = 0;
        let mut left = None;
        if *fan {
            // SAFETY: no call is pending, so nobody borrows it.
            let call = unsafe { self.core.call.get() };
            (call.payload, call.whole, call.id) = (payload, None, kind.layout.id);
            let core = self.core;
            call.last = false;
            let last = places.len() - 1;
            let ended = catch_unwind(AssertUnwindSafe(|| {
                while let Some(place) = places.get(next) {
                    board.hand_to(Item::Handler(*place));
                    if next == last {
                        // SAFETY: no call is pending, so nobody borrows it.
                        unsafe { core.call.get() }.last = true;
                    }
                    let Entry { run, states, component } = &mut handlers[*place];
                    let component = component.map(|place| &mut components[place]);
                    // SAFETY: if it is pending, the event stays in hand until it is resumed or cleared.
                    match unsafe { run.start(core.call(states, component), cx) } {
                        Poll::Ready(Ok(())) => next += 1,
                        other => return Some(other),
                    }
                }
                None
            }));
            left = match ended {
                Ok(left) => left.map(|left| left.map_err(Cause::Error)),
                Err(panic) => {
                    let place = places[next];
                    Some(Poll::Ready(Err(panicked(panic, || handlers[place].run.clear()))))
                }
            };
            let called = next + usize::from(left.is_some());
            self.core.backlog.borrow().cell(account).deliver(called as u64);
            if left.is_none() {
                let kind = Some(kind).filter(|_| !self.core.is_taken());
                self.drop_payload(kind);
                self.remove();
                self.settle(account, Outcome::Handled);
                return Poll::Ready(());
            }
        }
        let Table { routes, chosen, .. } = &mut *self.table;
        chosen.clear();
        if let Some(route) = &routes[usize::from(number)] {
            chosen.extend(route.handlers.iter().copied().map(Chosen::Planned));
        }
        // The filters of the plan have been asked.
        let at = if left.is_some() { Stage::Handler(next) } else { Stage::RegisteredFilter(0) };
        let mut hand = InHand::new(account, Some(kind), at);
        hand.pending = matches!(left, Some(Poll::Pending));
        self.table.hand = Some(hand);
        match left {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(Err(cause))) => {
                self.forget_taken();
                self.go_to(Stage::Handler(next + 1));
                if let Chosen::Planned(place) = self.table.chosen[next] {
                    let name = self.domain.names[place].clone();
                    self.fail_in_handler(&name, cause);
                }
            }
            Some(Poll::Ready(Ok(()))) | None => {}
        }
        self.go_on(cx)
    }

    /// The same for an event that lies in the queue as a whole.
    #[inline(never)]
    #[allow(unsafe_code, reason = "it takes the event out of its record")]
    fn next_whole(&mut self, id: i64, cx: &mut Context<'_>) -> Poll<()> {
        let mut backlog = self.core.backlog.borrow_mut();
        let Some(front) = backlog.hand() else { return Poll::Ready(()) };
        // SAFETY: it is an `Event`, which is taken once.
        let event = unsafe { front.payload_whole().read() };
        self.core.set_taken(true);
        let account = backlog.account(&self.domain.board, event.event_type());
        drop(backlog);
        let invalid = self.domain.bits && !is_one_bit(&event);
        // SAFETY: nothing is in hand, so nobody borrows it.
        *unsafe { self.core.whole.get() } = Some(event);
        self.begin(id, InHand::new(account, None, Stage::Filter(0)));
        if invalid {
            // SAFETY: no call is pending.
            let refused = unsafe { self.core.whole.get() }.as_ref().map(|event| event.event_type().clone());
            let refused = CallError::InvalidEventType(refused.unwrap_or(EventType::Int(0)));
            self.fail(None, Cause::Error(refused.into()));
            self.finish();
            return Poll::Ready(());
        }
        self.go_on(cx)
    }

    fn begin(&mut self, id: i64, hand: InHand) {
        self.domain.board.begin(hand.account, id, Item::Dispatcher);
        self.table.hand = Some(hand);
        self.look_at_the_door();
    }

    /// An event has been taken in hand: that makes room for those at the door.
    #[inline]
    fn look_at_the_door(&self) {
        if self.domain.board.has_room_for_the_door(0) {
            self.shared.look_at_the_door(self.domain);
        }
    }

    /// Makes the route of a type whose first event is in hand.
    #[cold]
    fn first_of(&mut self, number: u16) -> (usize, Option<usize>) {
        let place = usize::from(number);
        let Some(kind) = kind(number) else { return (0, None) };
        let event_type = kind.event_type();
        let overlay = std::mem::take(&mut self.table.overlay);
        self.choose(&event_type);
        self.table.overlay = overlay;
        let planned = |chosen: &Chosen| match *chosen {
            Chosen::Planned(place) | Chosen::Registered(place) => place,
        };
        let handlers: Box<[usize]> = self.table.chosen.iter().map(planned).collect();
        let run = match *handlers {
            [handler] if self.table.handlers[handler].run.can_run() => Some(handler),
            _ => None,
        };
        let sees_payload = |handler: &usize| self.table.handlers[*handler].run.sees() == Sees::Payload;
        let fan = !handlers.is_empty() && handlers.iter().all(sees_payload);
        let mut backlog = self.core.backlog.borrow_mut();
        let account = backlog.account(&self.domain.board, &event_type);
        let cell = backlog.cell(account).clone();
        drop(backlog);
        if self.table.routes.len() <= place {
            self.table.routes.resize_with(place + 1, || None);
        }
        self.table.routes[place] = Some(Route { kind, account, cell, handlers, run, fan });
        (account, run)
    }

    /// Handles the event in hand, and those behind it that are of its type, by its only handler.
    #[allow(unsafe_code, reason = "it calls a handler, and keeps what that was given")]
    fn run(
        &mut self,
        number: u16,
        account: usize,
        id: i64,
        handler: usize,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let board = &self.domain.board;
        board.begin(account, id, Item::Handler(handler));
        self.look_at_the_door();
        let mut backlog = self.core.backlog.borrow_mut();
        let Some(stretch) = backlog.stretch() else { return Poll::Ready(()) };
        let current = backlog.current;
        drop(backlog);
        let (core, domain) = (self.core, self.domain);
        let Table { handlers, components, routes, .. } = &mut *self.table;
        let Some(Some(Route { kind, .. })) = routes.get(usize::from(number)) else { return Poll::Ready(()) };
        // SAFETY: no call is pending, so nobody borrows it.
        let call = unsafe { core.call.get() };
        (call.whole, call.last) = (None, true);
        let Some(Some(mut route)) = routes.get(usize::from(number)).map(Option::as_ref) else {
            return Poll::Ready(());
        };
        route.cell.deliver(1);
        let mut handler = handler;
        let first = board.turn();
        let mut run = Run {
            board,
            call,
            kind,
            stretch,
            current,
            first,
            turn: first,
            budget: self.budget,
            passed: false,
        };
        run.stretch.limit(run.left());
        let ended = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let Entry { run: invoke, states, component } = &mut handlers[handler];
                let component = component.map(|place| &mut components[place]);
                // SAFETY: if it is pending, the event stays in hand, and is resumed or cleared before it is removed.
                let ended = unsafe {
                    run.prepare(route.kind, states, component);
                    invoke.run(&mut run, cx)
                };
                if !matches!(ended, Poll::Ready(Ok(()))) {
                    return ended;
                }
                // The next one may be of another type that is handled in the same way.
                let Some((next, id)) = run.other() else { return ended };
                let Some(Some(next @ Route { run: Some(its_handler), .. })) = routes.get(usize::from(next))
                else {
                    return ended;
                };
                handler = *its_handler;
                domain.board.turn_to(&route.cell, next.account, &next.cell, id, Item::Handler(handler));
                route = next;
                // SAFETY: the last one has been handled, and its payload dropped or taken.
                unsafe { run.turn_to() };
            }
        }));
        let (kind, account) = (route.kind, route.account);
        let handled = run.handled();
        self.budget = run.left();
        let (stretch, passed) = (&run.stretch, run.passed);
        let cause = match ended {
            Ok(Poll::Ready(Ok(()))) => {
                self.remove_run(stretch, handled + 1, false);
                self.settle(account, Outcome::Handled);
                return Poll::Ready(());
            }
            Err(panic) if passed => {
                quietly("a destructor", || resume_unwind(panic));
                self.remove_run(stretch, handled + 1, false);
                self.settle(account, Outcome::Handled);
                return Poll::Ready(());
            }
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(Err(error))) => Some(Cause::Error(error)),
            Err(panic) => Some(panicked(panic, || self.table.handlers[handler].run.clear())),
        };
        self.remove_run(stretch, handled, true);
        let mut hand = InHand::new(account, Some(kind), Stage::Handler(0));
        self.table.chosen.clear();
        self.table.chosen.push(Chosen::Planned(handler));
        hand.pending = cause.is_none();
        self.table.hand = Some(hand);
        let Some(cause) = cause else { return Poll::Pending };
        self.forget_taken();
        let name = self.domain.names[handler].clone();
        self.fail(Some(&name), cause);
        self.finish();
        Poll::Ready(())
    }

    /// Removes events that have been handled; one more may be in hand still.
    #[inline]
    #[allow(unsafe_code, reason = "the payloads are gone")]
    fn remove_run(&self, stretch: &Stretch, handled: usize, in_hand: bool) {
        if handled == 0 {
            return;
        }
        if !stretch.is_alike() {
            // One event alone.
            return self.remove();
        }
        // SAFETY: these have been handled, and their payloads dropped or taken.
        let done = unsafe {
            self.core.backlog.borrow_mut().remove_run(&self.domain.board, stretch, handled, in_hand)
        };
        drop(done);
    }

    #[inline]
    fn settle(&self, account: usize, outcome: Outcome) {
        self.domain.board.settle(self.core.backlog.borrow().cell(account), outcome);
    }

    /// Goes on with the event in hand.
    #[inline(never)]
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(InHand { at, pending, .. }) = self.table.hand {
            match at {
                Stage::Filter(nth) if nth < self.table.filters.len() => {
                    let verdict = ready!(self.filter(nth, pending, cx));
                    let name = self.domain.filters[nth].clone();
                    self.judge(verdict, &name, Stage::Filter(nth + 1));
                }
                Stage::Filter(_) => self.go_to(Stage::RegisteredFilter(0)),
                Stage::RegisteredFilter(nth) => {
                    if let Some(filter) = self.table.overlay.filter(nth) {
                        let verdict = ready!(self.registered_filter(nth, &filter, pending, cx));
                        self.judge(verdict, filter.shared_name(), Stage::RegisteredFilter(nth + 1));
                    } else {
                        self.choose_for_hand();
                        self.go_to(Stage::Handler(0));
                    }
                }
                Stage::Handler(nth) => match self.table.chosen.get(nth) {
                    Some(Chosen::Planned(place)) => {
                        let place = *place;
                        let ended = ready!(self.handler(nth, place, pending, cx));
                        self.forget_taken();
                        self.go_to(Stage::Handler(nth + 1));
                        if let Err(cause) = ended {
                            let name = self.domain.names[place].clone();
                            self.fail_in_handler(&name, cause);
                        }
                    }
                    Some(Chosen::Registered(place)) => {
                        let Some(handler) = self.table.overlay.handler(*place) else { break };
                        let place = *place;
                        let ended = ready!(self.registered_handler(place, &handler, pending, cx));
                        self.go_to(Stage::Handler(nth + 1));
                        if let Err(cause) = ended {
                            self.fail_in_handler(handler.shared_name(), cause);
                        }
                    }
                    None => {
                        if nth == 0 {
                            self.nobody();
                        }
                        break;
                    }
                },
                Stage::End => break,
            }
        }
        self.finish();
        Poll::Ready(())
    }

    fn go_to(&mut self, stage: Stage) {
        if let Some(hand) = &mut self.table.hand {
            hand.at = stage;
            hand.pending = false;
        }
    }

    fn set_pending(&mut self) {
        if let Some(hand) = &mut self.table.hand {
            hand.pending = true;
        }
    }

    fn set_outcome(&mut self, outcome: Outcome) {
        if let Some(hand) = &mut self.table.hand {
            hand.outcome = outcome;
        }
    }

    /// What a filter's verdict means for its event.
    fn judge(&mut self, verdict: Result<Verdict, Cause>, filter: &Arc<str>, next: Stage) {
        match verdict {
            Ok(Verdict::Pass) => self.go_to(next),
            Ok(Verdict::Consume) => {
                self.set_outcome(Outcome::Consumed);
                self.go_to(Stage::End);
            }
            Err(cause) => {
                self.fail(Some(filter), cause);
                self.go_to(Stage::End);
            }
        }
    }

    fn fail_in_handler(&mut self, name: &Arc<str>, cause: Cause) {
        self.fail(Some(name), cause);
        if self.shared.policy == Policy::Fail {
            self.go_to(Stage::End);
        }
    }

    /// Nobody is for the event in hand.
    fn nobody(&mut self) {
        let kind = self.table.hand.as_ref().and_then(|hand| hand.kind);
        // SAFETY: no call is pending.
        #[allow(unsafe_code, reason = "it looks at the whole event")]
        let whole = unsafe { self.core.whole.get() };
        let unhandled =
            kind.map_or_else(|| whole.as_ref().map(Event::unhandled), |kind| Some(kind.unhandled));
        if unhandled == Some(Unhandled::Discard) {
            return self.set_outcome(Outcome::Discarded);
        }
        if !self.domain.may_go_unhandled.is_empty() {
            let event_type = match kind {
                Some(kind) => Some(kind.event_type()),
                None => whole.as_ref().map(|event| event.event_type().clone()),
            };
            if event_type.is_some_and(|event_type| self.domain.may_go_unhandled.contains(&event_type)) {
                return self.set_outcome(Outcome::Discarded);
            }
        }
        self.fail(None, Cause::Unhandled);
        self.set_outcome(Outcome::Unhandled);
    }

    /// Calls a filter of the plan, or goes on with the call.
    #[allow(unsafe_code, reason = "it calls a filter, and keeps what that was given")]
    fn filter(&mut self, nth: usize, pending: bool, cx: &mut Context<'_>) -> Poll<Result<Verdict, Cause>> {
        if !pending {
            self.domain.board.hand_to(Item::Filter(nth));
            let sees = self.table.filters[nth].run.sees();
            if sees == Sees::Shared {
                self.own();
            }
            self.prepare(self.kind(), sees, false);
        }
        let core = self.core;
        let Table { filters, components, .. } = &mut *self.table;
        let Entry { run, states, component } = &mut filters[nth];
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if pending {
                return run.resume(cx);
            }
            let component = component.map(|place| &mut components[place]);
            // SAFETY: the event stays in hand until the call has ended or is cleared.
            unsafe { run.start(core.call(states, component), cx) }
        }));
        self.ended(ended, |table| table.filters[nth].run.clear())
    }

    /// Calls a handler of the plan, or goes on with the call.
    #[allow(unsafe_code, reason = "it calls a handler, and keeps what that was given")]
    fn handler(
        &mut self,
        nth: usize,
        place: usize,
        pending: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Cause>> {
        if !pending {
            self.deliver(Item::Handler(place));
            let last = nth + 1 == self.table.chosen.len();
            self.prepare(self.kind(), self.table.handlers[place].run.sees(), last);
        }
        let core = self.core;
        let Table { handlers, components, .. } = &mut *self.table;
        let Entry { run, states, component } = &mut handlers[place];
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if pending {
                return run.resume(cx);
            }
            let component = component.map(|place| &mut components[place]);
            // SAFETY: the event stays in hand until the call has ended or is cleared.
            unsafe { run.start(core.call(states, component), cx) }
        }));
        self.ended(ended, |table| table.handlers[place].run.clear())
    }

    #[allow(unsafe_code, reason = "it calls a filter, and keeps what that was given")]
    fn registered_filter(
        &mut self,
        nth: usize,
        filter: &Filter,
        pending: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Verdict, Cause>> {
        if !pending {
            self.own();
            self.domain.board.hand_to(Item::RegisteredFilter(nth));
            self.prepare(self.kind(), Sees::Shared, false);
        }
        let core = self.core;
        let slot = &mut self.table.registered_filter;
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if pending {
                return slot.resume(cx);
            }
            // SAFETY: the event stays in hand until the call has ended or is cleared; the future has the filter.
            unsafe { slot.begin(filter.invoke(core.call(&[], None)), cx) }
        }));
        self.ended(ended, |table| table.registered_filter.clear())
    }

    #[allow(unsafe_code, reason = "it calls a handler, and keeps what that was given")]
    fn registered_handler(
        &mut self,
        place: usize,
        handler: &Handler,
        pending: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Cause>> {
        if !pending {
            self.own();
            self.deliver(Item::RegisteredHandler(place));
            self.prepare(self.kind(), Sees::Shared, false);
        }
        let core = self.core;
        let slot = &mut self.table.registered_handler;
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if pending {
                return slot.resume(cx);
            }
            // SAFETY: the event stays in hand until the call has ended or is cleared; the future has the handler.
            unsafe { slot.begin(handler.invoke(core.call(&[], None)), cx) }
        }));
        self.ended(ended, |table| table.registered_handler.clear())
    }

    /// Counts a delivery.
    fn deliver(&self, to: Item) {
        self.domain.board.hand_to(to);
        if let Some(hand) = &self.table.hand {
            self.core.backlog.borrow().cell(hand.account).deliver(1);
        }
    }

    /// What a call's end means; a panic is an error, and its future is dropped.
    fn ended<T>(
        &mut self,
        ended: std::thread::Result<Poll<Ended<T>>>,
        clear: impl FnOnce(&mut Table),
    ) -> Poll<Result<T, Cause>> {
        match ended {
            Ok(Poll::Pending) => {
                self.set_pending();
                Poll::Pending
            }
            Ok(Poll::Ready(ended)) => Poll::Ready(ended.map_err(Cause::Error)),
            Err(panic) => Poll::Ready(Err(panicked(panic, || clear(self.table)))),
        }
    }
}

impl Turn<'_> {
    /// The type of the event in hand, if its payload lies in the queue.
    fn kind(&self) -> Option<&'static Kind> {
        self.table.hand.as_ref()?.kind
    }

    /// Makes the event in hand ready for a call.
    #[allow(unsafe_code, reason = "what it prepares borrows the event in hand")]
    fn prepare(&self, kind: Option<&'static Kind>, sees: Sees, last: bool) {
        // SAFETY: no call is pending, so nobody borrows these.
        let (whole, call) = unsafe { (self.core.whole.get(), self.core.call.get()) };
        call.payload = None;
        if let Some(kind) = kind {
            let mut backlog = self.core.backlog.borrow_mut();
            let id = self.domain.board.id();
            if let Some(front) = backlog.hand() {
                if sees != Sees::Payload && whole.is_none() {
                    // SAFETY: the event stays in hand as long as it is seen as a whole: it is forgotten before that ends.
                    *whole = Some(Event::lent(kind, id, unsafe { front.lend(kind) }));
                }
                call.payload = Some(front.payload_at(kind));
                call.id = kind.layout.id;
            }
        }
        call.whole = whole.as_mut().map(NonNull::from);
        call.last = last;
    }

    /// Makes the event in hand one whose payload can be shared.
    #[allow(unsafe_code, reason = "it takes the payload out of the queue")]
    fn own(&mut self) {
        let Some(hand) = &mut self.table.hand else { return };
        let Some(kind) = hand.kind.take() else { return };
        let mut backlog = self.core.backlog.borrow_mut();
        let id = self.domain.board.id();
        // SAFETY: it has not been taken (or `kind` would not be there), and no call is pending that borrows it.
        let payload = unsafe { backlog.current().share_front(kind) };
        drop(backlog);
        self.core.set_taken(true);
        // SAFETY: no call is pending, so nobody borrows it.
        let whole = unsafe { self.core.whole.get() };
        *whole = payload.map(|payload| Event::shared(kind, id, payload));
    }

    /// If a handler has taken the payload, there is none any more.
    #[allow(unsafe_code, reason = "it replaces the whole event")]
    fn forget_taken(&mut self) {
        let Some(hand) = &mut self.table.hand else { return };
        if let Some(kind) = hand.kind
            && self.core.is_taken()
        {
            hand.kind = None;
            let id = self.domain.board.id();
            // SAFETY: no call is pending, so nobody borrows it.
            *unsafe { self.core.whole.get() } = Some(Event::taken(kind, id));
        }
    }

    /// Notes how the event in hand has failed, and tells whom the policy says; failures that are reported make dead letters.
    #[allow(unsafe_code, reason = "it looks at the whole event")]
    fn fail(&mut self, item: Option<&Arc<str>>, cause: Cause) {
        let Some(InHand { kind, .. }) = self.table.hand else { return };
        let mut backlog = self.core.backlog.borrow_mut();
        let (id, front) = (self.domain.board.id(), backlog.hand());
        let tree = front.as_ref().and_then(Front::tree).map(Member::arc);
        // SAFETY: no call is pending, so nobody borrows it.
        let whole = unsafe { self.core.whole.get() };
        if let (Some(kind), Some(front), None) = (kind, front, &*whole) {
            // SAFETY: it is forgotten before the event is removed.
            *whole = Some(Event::lent(kind, id, unsafe { front.lend(kind) }));
        }
        drop(backlog);
        let Some(event) = &*whole else { return };
        let failure =
            Failure::of_event((event.event_type().clone(), id), item.map(ToString::to_string), cause);
        if let Some(tree) = &tree {
            tree.mark_failed();
        }
        let taken = self.shared.policy == Policy::Fail
            && match &tree {
                Some(tree) if tree.origin == Origin::Call => tree.keep(&failure),
                Some(tree) if tree.origin == Origin::Converter => self.shared.fail(&failure),
                Some(_) | None => false,
            };
        if !taken {
            self.shared.report(&failure, Some(event));
        }
        if let Some(hand) = &mut self.table.hand {
            hand.outcome = Outcome::Failed;
            if taken { &mut hand.failures.kept } else { &mut hand.failures.reported }.push(failure);
        }
    }

    /// Books the event in hand, and drops it; one that failed goes into its failures, and makes dead letters.
    #[allow(unsafe_code, reason = "it gives the event in hand up")]
    fn finish(&mut self) {
        let Some(InHand { account, kind, outcome, failures: Failures { reported, kept }, .. }) =
            self.table.hand.take()
        else {
            return;
        };
        // SAFETY: no call is pending, so nobody borrows it.
        let whole = unsafe { self.core.whole.get() }.take();
        if reported.is_empty() && kept.is_empty() {
            drop_quietly(whole);
            self.drop_payload(kind);
        } else {
            let mut backlog = self.core.backlog.borrow_mut();
            let id = self.domain.board.id();
            let event = match kind {
                // SAFETY: it has not been taken, and no call is pending that borrows it.
                Some(kind) => unsafe { backlog.current().share_front(kind) }
                    .map(|payload| Event::shared(kind, id, payload)),
                None => whole,
            };
            drop(backlog);
            if let Some(event) = event {
                self.bury(event, reported, &kept);
            }
        }
        self.remove();
        self.settle(account, outcome);
    }

    /// Drops the payload of the event in hand, if it lies in the queue.
    #[allow(unsafe_code, reason = "it drops a value in its place")]
    fn drop_payload(&self, kind: Option<&'static Kind>) {
        let Some(kind) = kind.filter(|kind| kind.layout.needs_drop()) else { return };
        let mut backlog = self.core.backlog.borrow_mut();
        let Some(at) = backlog.hand().map(|front| front.payload_at(kind)) else { return };
        drop(backlog);
        // SAFETY: it has not been taken (or `kind` would not be there), and its record is removed next.
        quietly("a destructor", || unsafe { kind.layout.drop_at(at) });
    }

    /// Removes the event in hand, whose payload is gone.
    #[allow(unsafe_code, reason = "the payload is gone")]
    fn remove(&self) {
        let mut backlog = self.core.backlog.borrow_mut();
        // SAFETY: as the callers see to.
        let removed = unsafe { backlog.remove(&self.domain.board) };
        drop(backlog);
        drop(removed);
    }

    /// Puts a failed event into its failures, and makes dead letters.
    fn bury(&self, event: Event, reported: Vec<Failure>, kept: &[Failure]) {
        let letters = EventType::named(DeadLetter::NAME);
        let (taken, is_letter) = (event.is_taken(), event.event_type() == &letters);
        let event = Arc::new(event);
        reported.iter().chain(kept).for_each(|failure| failure.complete(&event));
        if !is_letter && !reported.is_empty() {
            let goes_back = || {
                let mut backlog = self.core.backlog.borrow_mut();
                let way = backlog.hand().and_then(|front| front.way().cloned());
                way.is_some_and(|way| way.brings_back(&letters))
            };
            if self.domain.dead_letters || self.domain.registrations.handles(&letters) || goes_back() {
                for failure in reported {
                    let letter = DeadLetter::new(failure, (!taken).then(|| event.clone()));
                    self.shared.emit(self.index, self.core, letter);
                }
            }
        }
        drop_quietly(event);
    }

    /// Gives the event in hand up: the nexus has ended while it was being handled.
    #[allow(unsafe_code, reason = "it gives the event in hand up")]
    fn cut(&mut self) {
        let Some(hand) = self.table.hand.take() else { return };
        if hand.pending {
            let table = &mut *self.table;
            quietly("a destructor", || match hand.at {
                Stage::Filter(nth) => table.filters[nth].run.clear(),
                Stage::Handler(nth) => match table.chosen[nth] {
                    Chosen::Planned(place) => table.handlers[place].run.clear(),
                    Chosen::Registered(_) => table.registered_handler.clear(),
                },
                Stage::RegisteredFilter(_) => table.registered_filter.clear(),
                Stage::End => {}
            });
        }
        let mut backlog = self.core.backlog.borrow_mut();
        if let Some(member) = backlog.hand().and_then(|front| front.tree()) {
            member.tree().cut();
        }
        drop(backlog);
        // SAFETY: the call has been cleared, so nobody borrows it.
        drop_quietly(unsafe { self.core.whole.get() }.take());
        if !self.core.is_taken() {
            self.drop_payload(hand.kind);
        }
        self.remove();
        let outcome = if hand.outcome == Outcome::Failed { Outcome::Failed } else { Outcome::Dropped };
        self.settle(hand.account, outcome);
    }

    /// Finds those who are to be called for the event in hand.
    #[allow(unsafe_code, reason = "it looks at the whole event")]
    fn choose_for_hand(&mut self) {
        let Some(kind) = self.table.hand.as_ref().map(|hand| hand.kind) else { return };
        match kind {
            Some(kind) if self.table.overlay.0.is_none() => {
                let number = self.core.backlog.borrow_mut().hand().map_or(WHOLE, |front| front.number());
                let Table { routes, chosen, .. } = &mut *self.table;
                debug_assert!(std::ptr::eq(
                    kind,
                    routes[usize::from(number)].as_ref().map_or(kind, |route| route.kind)
                ));
                chosen.clear();
                if let Some(Some(route)) = routes.get(usize::from(number)) {
                    chosen.extend(route.handlers.iter().copied().map(Chosen::Planned));
                }
            }
            Some(kind) => self.choose(&kind.event_type()),
            None => {
                // SAFETY: no call is pending, so nobody borrows it.
                let event_type =
                    unsafe { self.core.whole.get() }.as_ref().map(|event| event.event_type().clone());
                if let Some(event_type) = event_type {
                    self.choose(&event_type);
                }
            }
        }
        // What hands the event on, besides others, needs one that can be shared.
        let shares = |chosen: &Chosen| match *chosen {
            Chosen::Planned(place) => self.table.handlers[place].run.sees() == Sees::Shared,
            Chosen::Registered(_) => true,
        };
        if self.table.chosen.iter().any(shares) {
            self.own();
        }
    }

    /// Finds those who are to be called: if several may share an event, all who are for its type, by itself, by a range or by
    /// a mask; else the one who is for it most precisely. The default ones only if there is no other.
    fn choose(&mut self, event_type: &EventType) {
        let Table { lookup: planned, overlay: Quiet(overlay), chosen, .. } = &mut *self.table;
        chosen.clear();
        let registered = overlay.as_ref().map(|overlay| &overlay.lookup);
        let in_order = |places: &mut [Chosen]| {
            places.sort_unstable_by_key(|place| match place {
                Chosen::Planned(place) | Chosen::Registered(place) => *place,
            });
        };
        chosen.extend(planned.exact(event_type).iter().copied().map(Chosen::Planned));
        if self.shared.multiple {
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

/// A panic as an error; what was being polled is dropped.
fn panicked(panic: Box<dyn std::any::Any + Send>, clear: impl FnOnce()) -> Cause {
    let message = panic_message(&*panic);
    drop_quietly(panic);
    quietly("a destructor", clear);
    Cause::Panic(message)
}

/// Events of one type that a handler handles one after another: as long as the next one lies right behind, nothing more urgent
/// waits, and the turn is not over.
///
/// They stay in the queue until the run has ended. Meanwhile the board tells which of them is in hand.
pub(crate) struct Run<'r> {
    board: &'r Board,
    call: *mut CallData,
    kind: &'static Kind,
    stretch: Stretch,
    current: u64,
    /// The turns of its first event, and of the one in hand.
    first: u64,
    turn: u64,
    /// So many events can come after the first one.
    budget: u32,
    /// The handler has handled the event in hand, whose payload is being dropped.
    passed: bool,
}

#[allow(unsafe_code, reason = "it changes what a call is given, between two calls")]
impl Run<'_> {
    /// The payload of the event in hand, whose type is `E`.
    #[inline]
    pub(crate) fn payload<E: NamedEvent>(&self) -> NonNull<E> {
        self.stretch.payload()
    }

    /// So many events have been handled before the one in hand.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "a turn is short")]
    fn handled(&self) -> usize {
        (self.turn - self.first) as usize
    }

    /// So many events can come after the one in hand.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "a turn is short")]
    fn left(&self) -> u32 {
        self.budget - (self.turn - self.first) as u32
    }

    /// Whether the payload is in its place still.
    #[inline]
    fn is_there(&self) -> bool {
        // SAFETY: it is looked at.
        !unsafe { &*self.call }.taken.load(Ordering::Relaxed)
    }

    /// A call with this payload.
    ///
    /// # Safety
    ///
    /// The payload is that of the event in hand; the rest is as [`Invoke::start`] says.
    #[inline]
    pub(crate) unsafe fn call<'c, E: NamedEvent>(&mut self, payload: NonNull<E>) -> Call<'c> {
        // SAFETY: no call is pending, so nobody borrows it; the rest is as the caller says.
        unsafe {
            (*self.call).payload = Some(payload.cast());
            Call::new(&*self.call)
        }
    }

    /// What is known of the event in hand besides its payload.
    pub(crate) fn hand(&self) -> Option<Hand> {
        // SAFETY: no call is pending, and this one asks for nothing.
        unsafe { Call::new(&*self.call) }.at().hand()
    }

    /// Moves the payload of the event in hand to the end of a log of events that have their ids.
    pub(crate) fn move_to(&mut self, log: &mut Log, tags: Tags) {
        if self.is_there() {
            // SAFETY: it is of this type, and the flag keeps everybody from using it again.
            unsafe {
                self.stretch.move_to(log, self.kind, tags);
                (*self.call).taken.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Drops the payload of the event in hand, which has been handled, unless somebody has taken it.
    ///
    /// # Safety
    ///
    /// The payload is that of the event in hand, and nobody uses it again.
    #[inline]
    pub(crate) unsafe fn drop_payload<E: NamedEvent>(&mut self, payload: NonNull<E>) {
        if needs_drop::<E>() && self.is_there() {
            self.passed = true;
            // SAFETY: as the caller says.
            unsafe { payload.drop_in_place() }
            self.passed = false;
        }
    }

    /// Takes the next event in hand, if the run goes on.
    ///
    /// # Safety
    ///
    /// The payload of the event in hand has been dropped or taken.
    #[inline]
    pub(crate) unsafe fn goes_on(&mut self) -> bool {
        let Some(id) = self.stretch.next() else { return false };
        if self.is_over() {
            return false;
        }
        // SAFETY: there is a next one.
        unsafe { self.stretch.go_on() };
        self.take();
        self.board.go_on(self.turn, id);
        true
    }

    /// Whether something else comes before the next event. How many there can be is the limit of the stretch.
    #[inline]
    fn is_over(&self) -> bool {
        self.board.signal() < self.current
            || self.board.top() < self.current
            // Before the next one is handled, who stands at the door comes in.
            || self.board.has_room_for_the_door(1)
    }

    #[inline]
    fn take(&mut self) {
        self.turn += 1;
        // SAFETY: no call is pending, so nobody borrows what it is given.
        unsafe { &*self.call }.taken.store(false, Ordering::Relaxed);
    }

    /// The next event, if it is of another type, and the run can go on with it.
    #[inline]
    fn other(&self) -> Option<(u16, i64)> {
        let other = self.stretch.other()?;
        (!self.is_over()).then_some(other)
    }

    /// Goes on with the next event, which is of another type.
    ///
    /// # Safety
    ///
    /// There is one, as [`other`](Self::other) has said, and the one in hand has been handled, and its payload dropped or taken.
    #[inline]
    unsafe fn turn_to(&mut self) {
        // SAFETY: as the caller says.
        let resized = unsafe { self.stretch.turn_to() };
        self.take();
        if resized {
            self.stretch.limit(self.left());
        }
    }

    /// Prepares the calls of a handler.
    ///
    /// # Safety
    ///
    /// No call is pending. What is given outlives the calls, as [`Invoke::start`] says.
    #[inline]
    unsafe fn prepare(
        &mut self,
        kind: &'static Kind,
        states: &[StateSlot],
        component: Option<&mut ComponentSlot>,
    ) {
        self.kind = kind;
        // SAFETY: no call is pending, so nobody borrows it.
        let call = unsafe { &mut *self.call };
        call.id = kind.layout.id;
        call.states = NonNull::from(states);
        call.component = component.map(NonNull::from);
    }
}
