//! What carries events from one domain to another: a handler here, a source there, and the way back for replies.
//!
//! On the sending side a boundary is a handler, and like every handler it never waits: it takes the event and is done. On the
//! receiving side it is a source: a forwarder hands over one event, and the next when that one's tree is done; or, if it may be
//! ahead, what waits in pieces, each as one tree. So two boundaries that face each other cannot block each other.
//!
//! Back-pressure goes to where the events come from. An event that finds `capacity` others waiting keeps its tree open until it
//! has moved up among them, so the call, converter or timer that it came from waits. One that nobody waits for counts, as
//! long as it waits so far back, among those that wait in its own domain, so that further ones wait at that domain's door.
//! What came through a boundary itself is never held up.

mod by_hand;
mod way;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll};

use tokio::sync::Notify;

pub use by_hand::Boundary;
pub(crate) use way::{Replies, Unanswered, Way};

use crate::consume::{Call, Ended, Invoke, Sees};
use crate::dynamic::CallError;
use crate::error::{Cause, Failure, IngestError};
use crate::event::{Event, EventType, IntoEvent as _};
use crate::nexus::{BoundaryLedger, Bundle, Hand, Refused, Run, Shared, Tree, drop_quietly, lock};
use crate::raw::{Log, Member, Members, Tags};

/// How many events may wait in a boundary before what they come from waits.
pub(crate) const DEFAULT_CAPACITY: usize = 50;

/// How much may wait in a boundary, and be under way behind it.
///
/// ```
/// let limits = nexus::Limits::default().capacity(100).ahead(256);
/// # drop(limits);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Limits {
    pub(crate) capacity: usize,
    pub(crate) ahead: usize,
}

impl Limits {
    /// So many events may wait before what further ones come from is made to wait: 50 unless given, at least 1.
    ///
    /// A call, a converter or a timer whose tree put in more waits until the last of them has moved up among these. Emitters that
    /// wait for no tree are held up at the door of their domain, when as many more wait as its own
    /// [`capacity`](crate::Builder::capacity) allows. A handler never waits.
    pub fn capacity(self, capacity: usize) -> Self {
        Self { capacity: capacity.max(1), ..self }
    }

    /// So many events may be under way on the other side, with all that arises from them: 1 unless given, at least 1.
    ///
    /// With more, what waits is handed over in pieces of up to half as many events, and of no more than half the other side's
    /// [`capacity`](crate::Builder::capacity), which enter together: so the next piece comes while the last one is handled.
    pub fn ahead(self, ahead: usize) -> Self {
        Self { ahead: ahead.max(1), ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { capacity: DEFAULT_CAPACITY, ahead: 1 }
    }
}

/// A boundary at work.
pub(crate) struct Core {
    name: Arc<str>,
    limits: Limits,
    replies: Arc<Replies>,
    state: Mutex<State>,
    /// Tells the forwarder to look again.
    wake: Notify,
}

#[derive(Default)]
struct State {
    /// Events with the ids that they have, each with its cause.
    waiting: Log,
    /// The number of the first one that waits, counted from the first that came.
    first: u64,
    /// Of the first ones that wait, and of those behind them, up to the last.
    legs: VecDeque<Leg>,
    /// By number, what keeps the sources of events waiting that wait too far back.
    holds: VecDeque<(u64, Hold)>,
    /// Memory that an earlier flight has left.
    spare: Log,
    /// Taken out by the forwarder, and not yet handed over.
    in_flight: u64,
    closed: bool,
    /// Somebody forwards what waits.
    forwarded: bool,
    /// Each nexus that it is for counts it as busy.
    all_busy: bool,
    taken: u64,
    delivered: u64,
    dropped: u64,
    /// Where the events go, in order.
    targets: Vec<Target>,
    /// The nexuses whose census counts what waits here, so that they do not end before it has arrived.
    busy: Vec<Weak<Shared>>,
}

/// Events that follow each other, with one way back and one priority.
#[derive(Clone)]
struct Leg {
    /// The number of the first one.
    from: u64,
    way: Way,
    priority: i32,
}

/// A domain that a boundary, or another shared source, sends to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) shared: Weak<Shared>,
    pub(crate) domain: usize,
}

impl Target {
    pub(crate) fn of(shared: &Arc<Shared>, domain: usize) -> Self {
        Self { shared: Arc::downgrade(shared), domain }
    }

    fn release_the_door(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.release_the_door(self.domain);
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.shared.ptr_eq(&other.shared) && self.domain == other.domain
    }
}

/// What an event that waits too far back holds up.
enum Hold {
    /// Whoever waits for its tree.
    Tree { tree: Arc<Tree>, member: Option<Member>, from: Target },
    /// The door of the domain that it comes from.
    Door(Target),
}

impl Hold {
    fn of(hand: &Hand) -> Option<Self> {
        let from = Target::of(&hand.shared, hand.domain);
        if hand.way.is_some() {
            return None;
        }
        if let Some(tree) = &hand.tree
            && let Some(member) = tree.hold()
        {
            return Some(Self::Tree { tree: tree.clone(), member: Some(member), from });
        }
        hand.shared.hold_up_the_door(hand.domain, 1);
        Some(Self::Door(from))
    }

    fn is_of(&self, shared: &Shared, domain: usize) -> bool {
        match self {
            Self::Tree { from, .. } | Self::Door(from) => {
                std::ptr::eq(from.shared.as_ptr(), shared) && from.domain == domain
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        match self {
            Self::Tree { tree, member, from } => {
                let gone = tree.release();
                *member = None;
                if gone {
                    // Its call has gone: it holds up the door instead.
                    from.release_the_door();
                }
            }
            Self::Door(from) => from.release_the_door(),
        }
    }
}

impl Core {
    pub(crate) fn new(name: Arc<str>, limits: Limits, replies: Vec<EventType>) -> Arc<Self> {
        Arc::new(Self {
            name,
            limits,
            replies: Arc::new(Replies::new(replies)),
            state: Mutex::default(),
            wake: Notify::new(),
        })
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Takes an event from the domain that has it in hand.
    pub(crate) fn take(self: &Arc<Self>, event: Event, hand: &Hand) -> Result<(), CallError> {
        match self.open(hand) {
            Ok(mut entry) => {
                entry.take(|waiting, tags| waiting.push_given(tags, event));
                entry.close();
                Ok(())
            }
            Err(refused) => {
                drop_quietly(event);
                Err(refused)
            }
        }
    }

    /// The way in for events of this domain, which are like the one that it has in hand.
    fn open<'a>(self: &'a Arc<Self>, hand: &'a Hand) -> Result<Entry<'a>, CallError> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(CallError::BadCall("the boundary is closed"));
        }
        if state.leads_nowhere() {
            return Err(CallError::BadCall("every nexus that the boundary leads to is gone"));
        }
        let (from, priority) = (state.end(), hand.meta.priority());
        if state.legs.back().is_none_or(|leg| leg.priority != priority || !leg.way.is_of(hand)) {
            state.legs.push_back(Leg { from, way: Way::through(hand, &self.replies), priority });
        }
        Ok(Entry { core: self, state, hand })
    }

    /// Refuses what waits, if nobody forwards it, and every nexus that it is for has stopped.
    pub(crate) fn look_again(&self) {
        let state = lock(&self.state);
        let targets = if state.forwarded { Vec::new() } else { state.targets.clone() };
        drop(state);
        let runs = |target: &Target| {
            let shared = target.shared.upgrade();
            shared.is_some_and(|shared| shared.state() != crate::nexus::State::Stopped)
        };
        let Some(target) = targets.first().filter(|_| !targets.iter().any(runs)) else { return };
        let mut state = lock(&self.state);
        if state.forwarded || state.targets.iter().any(|now| !targets.iter().any(|target| target.is(now))) {
            // Somebody has come for it meanwhile.
            return;
        }
        let left = state.drop_all();
        let idle = state.let_go();
        drop(state);
        left.refuse(&self.name, target);
        idle_again(&idle);
    }

    /// Sends to a domain too.
    pub(crate) fn attach(&self, target: Target) {
        let mut state = lock(&self.state);
        state.targets.push(target);
        state.all_busy = false;
        let kept = if state.is_idle() { Vec::new() } else { state.make_all_busy() };
        drop(state);
        drop(kept);
    }

    /// Sends to a domain no more. When it is the last one, the boundary closes: what waits is still offered to it, one after
    /// another; if nobody forwards, it is refused now.
    pub(crate) fn detach(&self, target: &Target) {
        let mut state = lock(&self.state);
        state.targets.retain(|other| other.is(target) || other.shared.strong_count() > 0);
        let last = state.targets.iter().all(|other| other.is(target));
        state.closed |= last;
        let left = if last && !state.forwarded { state.drop_all() } else { Left::default() };
        if !last || !state.forwarded {
            state.targets.retain(|other| !other.is(target));
        }
        let mut idle = state.let_go();
        if !state.targets.iter().any(|other| other.shared.ptr_eq(&target.shared)) {
            let gone = state.busy.extract_if(.., |busy| busy.ptr_eq(&target.shared));
            idle.extend(gone);
        }
        drop(state);
        self.wake.notify_one();
        left.refuse(&self.name, target);
        idle_again(&idle);
    }

    /// Refuses events from now on; what waits is still forwarded.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.wake.notify_one();
    }

    /// Drops what waits: its nexus has stopped.
    pub(crate) fn abandon(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let mut left = state.drop_all();
        let idle = state.let_go();
        drop(state);
        self.wake.notify_one();
        left.holds.drain(..).for_each(|(_, hold)| cut(hold));
        drop_all(&mut left.waiting);
        idle_again(&idle);
    }

    /// A domain that events came from has ended: nobody there is kept waiting any longer. The events go on.
    pub(crate) fn release_holds_of(&self, shared: &Shared, domain: usize) {
        let mut state = lock(&self.state);
        let (of_it, others) = std::mem::take(&mut state.holds)
            .into_iter()
            .partition::<VecDeque<_>, _>(|(_, hold)| hold.is_of(shared, domain));
        state.holds = others;
        drop(state);
        for (_, hold) in of_it {
            cut(hold);
        }
    }

    pub(crate) fn is_forwarded(&self) -> bool {
        lock(&self.state).forwarded
    }

    pub(crate) fn account(&self) -> BoundaryLedger {
        let state = lock(&self.state);
        BoundaryLedger {
            name: self.name.to_string(),
            taken: state.taken,
            delivered: state.delivered,
            dropped: state.dropped,
            waiting: state.waiting.len() as u64 + state.in_flight,
            replies: self.replies.count(),
        }
    }

    /// Waits for the next events to forward, up to so many, and notes for whom they are; `None` when the boundary is closed and empty.
    /// Cancel-safe.
    async fn next(self: &Arc<Self>, most: usize, targets: &mut Vec<Target>) -> Option<Flight> {
        loop {
            let mut notified = std::pin::pin!(self.wake.notified());
            notified.as_mut().enable();
            targets.clone_from(&lock(&self.state).targets);
            match self.take_off(most.min(piece(targets, self.limits.ahead))) {
                Some(flight) => return Some(flight),
                None if self.is_closed() => return None,
                None => notified.await,
            }
        }
    }

    /// Takes the first events out, which have one way and priority, and lets the sources of those go that move up.
    fn take_off(self: &Arc<Self>, most: usize) -> Option<Flight> {
        let mut state = lock(&self.state);
        let (leg, count) = state.first_leg(most)?;
        let mut events = std::mem::take(&mut state.spare);
        if count == state.waiting.len() {
            std::mem::swap(&mut events, &mut state.waiting);
        } else {
            (0..count).for_each(|_| events.move_front_of(&mut state.waiting, |tags| tags));
        }
        state.first += count as u64;
        state.in_flight += count as u64;
        let moved_up = state.first + self.limits.capacity as u64;
        let moved_up = state.holds.partition_point(|(number, _)| *number < moved_up);
        let holds: Vec<_> = state.holds.drain(..moved_up).collect();
        drop(state);
        drop(holds);
        Some(Flight { core: self.clone(), events, leg, count: count as u64, trees: Vec::new() })
    }

    /// Whether it is closed and empty.
    fn is_closed(&self) -> bool {
        let state = lock(&self.state);
        state.closed && state.waiting.is_empty()
    }
}

/// The way in, which is locked.
struct Entry<'a> {
    core: &'a Arc<Core>,
    state: MutexGuard<'a, State>,
    hand: &'a Hand,
}

impl Entry<'_> {
    /// Takes one more event: `put` puts it behind the others.
    #[inline]
    fn take(&mut self, put: impl FnOnce(&mut Log, Tags)) {
        let Self { core, state, hand } = self;
        if state.waiting.len() >= core.limits.capacity
            && let Some(hold) = Hold::of(hand)
        {
            hand.shared.note_boundary(hand.domain, core);
            let number = state.end();
            state.holds.push_back((number, hold));
        }
        state.taken += 1;
        put(&mut state.waiting, Tags { cause: hand.meta.cause(), ..Tags::default() });
    }

    /// Tells the forwarder.
    fn close(self) {
        let Self { core, mut state, .. } = self;
        let kept = state.make_all_busy();
        let forwarded = state.forwarded;
        drop(state);
        drop(kept);
        core.wake.notify_one();
        if !forwarded {
            core.look_again();
        }
    }
}

/// What waited, and is not going to be forwarded.
#[derive(Default)]
struct Left {
    waiting: Log,
    holds: VecDeque<(u64, Hold)>,
}

impl Left {
    /// Tells a nexus that does not get it.
    fn refuse(mut self, source: &str, target: &Target) {
        while let Some((event, _)) = self.waiting.pop() {
            refuse(source, target, Refused::Stopped(event));
        }
    }
}

/// Drops events.
fn drop_all(events: &mut Log) {
    while let Some((event, _)) = events.pop() {
        drop_quietly(event);
    }
}

impl State {
    /// The number of the next event that comes.
    fn end(&self) -> u64 {
        self.first + self.waiting.len() as u64
    }

    /// The leg of the first event, and how many of it can be taken out together, up to so many.
    fn first_leg(&mut self, most: usize) -> Option<(Leg, usize)> {
        while self.legs.get(1).is_some_and(|leg| leg.from <= self.first) {
            self.legs.pop_front();
        }
        let most = match self.legs.get(1) {
            Some(next) => most.min(usize::try_from(next.from - self.first).unwrap_or(usize::MAX)),
            None => most,
        };
        let count = most.max(1).min(self.waiting.len());
        self.legs.front().filter(|_| count > 0).map(|leg| (leg.clone(), count))
    }

    /// Takes out what waits, which is counted as dropped.
    fn drop_all(&mut self) -> Left {
        self.dropped += self.waiting.len() as u64;
        self.first = self.end();
        Left { waiting: std::mem::take(&mut self.waiting), holds: std::mem::take(&mut self.holds) }
    }

    /// Whether it has led somewhere, and does not any more.
    fn leads_nowhere(&self) -> bool {
        !self.targets.is_empty() && self.targets.iter().all(|target| target.shared.strong_count() == 0)
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0
    }

    /// Counts what waits here in the census of each nexus that it is for; only if somebody forwards it, or nothing would ever
    /// come of it.
    ///
    /// What comes back is to be dropped when the lock is released: one of them could be the last to have its nexus.
    #[must_use]
    fn make_all_busy(&mut self) -> Vec<Arc<Shared>> {
        if !self.forwarded || self.all_busy {
            return Vec::new();
        }
        self.all_busy = true;
        let shared: Vec<_> = self.targets.iter().filter_map(|target| target.shared.upgrade()).collect();
        for shared in &shared {
            if !self.busy.iter().any(|busy| std::ptr::eq(busy.as_ptr(), Arc::as_ptr(shared))) {
                shared.life.busy();
                self.busy.push(Arc::downgrade(shared));
            }
        }
        shared
    }

    /// The nexuses that need not wait for this boundary any more.
    fn let_go(&mut self) -> Vec<Weak<Shared>> {
        if self.is_idle() { self.let_all_go() } else { Vec::new() }
    }

    fn let_all_go(&mut self) -> Vec<Weak<Shared>> {
        self.all_busy = false;
        std::mem::take(&mut self.busy)
    }
}

fn idle_again(nexuses: &[Weak<Shared>]) {
    for shared in nexuses.iter().filter_map(Weak::upgrade) {
        shared.idle();
    }
}

/// Releases a hold whose event is not going to move up.
fn cut(hold: Hold) {
    if let Hold::Tree { tree, .. } = &hold {
        tree.cut();
    }
    drop(hold);
}

/// Tells a nexus that it did not get an event of a source that nobody waits for.
pub(crate) fn refuse(source: &str, target: &Target, refused: Refused) {
    let error = refused.as_ingest_error();
    let at_the_door = matches!(refused, Refused::Cut(_));
    let event = refused.into_inner();
    if at_the_door {
        // As with everything else that a stop drops, nobody is told.
        tracing::debug!(target: "nexus", source, event_type = %event.event_type(), "an event at the door was dropped");
    } else if let Some(shared) = target.shared.upgrade() {
        shared.report(&failed(source, &event, error), Some(&event));
    }
    drop_quietly(event);
}

/// The failure of an event that did not enter.
pub(crate) fn failed(source: &str, event: &Event, error: IngestError) -> Failure {
    let what = (event.event_type().clone(), event.id());
    Failure::of_event(what, Some(source.to_owned()), Cause::Error(error.into()))
}

/// Events on their way, in one piece. However the way ends, they are in the boundary's account.
struct Flight {
    core: Arc<Core>,
    /// Until they have been given to the last for whom they are.
    events: Log,
    leg: Leg,
    count: u64,
    /// Those that they make on the other side.
    trees: Vec<Arc<Tree>>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        drop_all(&mut events);
        // Also events that were let in while their forwarder was cut have arrived.
        let delivered = self.trees.iter().any(|tree| tree.has_entered());
        let mut state = lock(&self.core.state);
        state.in_flight -= self.count;
        state.spare = events;
        if delivered {
            state.delivered += self.count;
        } else {
            state.dropped += self.count;
        }
        let idle = state.let_go();
        drop(state);
        idle_again(&idle);
    }
}

impl Flight {
    /// Tells the senders, if all for whom the events were are gone.
    fn tell_if_lost(&mut self, targets: &[Target]) {
        if !targets.is_empty() && targets.iter().all(|target| target.shared.strong_count() == 0) {
            let sender = self.leg.way.sender();
            while let Some((event, _)) = self.events.pop() {
                refuse(&self.core.name, &sender, Refused::Stopped(event));
            }
        }
    }

    /// Hands the events over to one domain together, and gives the tree that they make there.
    async fn hand_over(&mut self, target: &Target, last: bool) -> Option<Arc<Tree>> {
        let shared = target.shared.upgrade()?;
        let Leg { way, priority, .. } = &self.leg;
        let (within, domain) = (way.is_from(&shared), &shared.domains[target.domain]);
        let (tree, maker) = Tree::of_boundary(way.clone());
        self.trees.push(tree.clone());
        let mut members = Members::of(&maker, self.events.len());
        let time = domain.time_for_meta();
        let mut tags = |had: Tags| Tags {
            tree: Some(members.give()),
            time,
            cause: had.cause.filter(|_| time.is_some()),
            way: None,
        };
        let mut bundle = Bundle::new();
        if last && !domain.bits {
            bundle.log.make_room_for(&self.events);
            while !self.events.is_empty() {
                bundle.take_front_of(&mut self.events, *priority, &mut tags);
            }
        } else {
            for _ in 0..self.events.len() {
                let Some((event, had)) = self.events.pop() else { break };
                if !last {
                    let cause = had.cause;
                    self.events.push_given(Tags { cause, ..Tags::default() }, event.share());
                }
                if domain.bits && !event.is_one_bit() {
                    refuse(&self.core.name, target, Refused::InvalidType(event));
                } else {
                    bundle.push(event, tags(had));
                }
            }
        }
        drop(members);
        let brought = if within {
            shared.bring_all(target.domain, &mut bundle, &tree).await
        } else {
            shared.enter_all(target.domain, &mut bundle, Some(&tree)).await
        };
        drop(maker);
        let Err(refused) = brought else { return Some(tree) };
        while let Some(event) = bundle.pop() {
            if within {
                // Inside one nexus, nobody is told of what a stop drops.
                drop_quietly(event);
            } else {
                refuse(&self.core.name, target, refused.map(|()| event));
            }
        }
        None
    }
}

/// Hands over what waits, until the boundary is closed and empty.
pub(crate) async fn forward(forwarding: Forwarding) {
    let core = &forwarding.0;
    let ahead = core.limits.ahead;
    let mut under_way = UnderWay::default();
    let mut targets = Vec::new();
    while let Some(mut flight) = core.next(ahead - under_way.events, &mut targets).await {
        // A forwarder that is never made to wait must still let others run.
        tokio::task::consume_budget().await;
        for (nth, target) in targets.iter().enumerate() {
            if !lock(&core.state).targets.iter().any(|other| other.is(target)) {
                // It was let go while an earlier one had the events.
                continue;
            }
            let events = flight.events.len();
            if let Some(tree) = flight.hand_over(target, nth + 1 == targets.len()).await {
                under_way.add(tree, events);
            }
            if nth + 1 < targets.len() && ahead == 1 {
                under_way.settle(0).await;
            }
        }
        flight.tell_if_lost(&targets);
        drop(flight);
        under_way.settle(ahead - 1).await;
    }
}

/// How many events are handed over in one piece at most: half of what may be under way, and no more than half of what anybody
/// holds for whom they are. One where not all of them may enter.
fn piece(targets: &[Target], ahead: usize) -> usize {
    let most = |target: &Target| {
        let shared = target.shared.upgrade()?;
        let holds = shared.capacity.unwrap_or(usize::MAX);
        Some(if shared.domains[target.domain].bits { 1 } else { holds / 2 })
    };
    targets.iter().filter_map(most).fold(ahead / 2, usize::min).max(1)
}

/// The trees on the other side that are not done, with the number of events that each of them has arisen from.
#[derive(Default)]
struct UnderWay {
    trees: VecDeque<(Arc<Tree>, usize)>,
    events: usize,
}

impl UnderWay {
    fn add(&mut self, tree: Arc<Tree>, events: usize) {
        self.trees.push_back((tree, events));
        self.events += events;
    }

    /// Waits until no more than so many events are under way.
    async fn settle(&mut self, most: usize) {
        while let Some((oldest, _)) = self.trees.front() {
            if !oldest.is_done() {
                if self.events <= most {
                    return;
                }
                oldest.done().await;
            }
            if let Some((_, events)) = self.trees.pop_front() {
                self.events -= events;
            }
        }
    }
}

/// As long as it exists, somebody forwards.
pub(crate) struct Forwarding(Arc<Core>);

impl Forwarding {
    pub(crate) fn of(core: &Arc<Core>) -> Self {
        let mut state = lock(&core.state);
        state.forwarded = true;
        let kept = if state.is_idle() { Vec::new() } else { state.make_all_busy() };
        drop(state);
        drop(kept);
        Self(core.clone())
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.forwarded = false;
        let idle = state.let_all_go();
        drop(state);
        idle_again(&idle);
    }
}

/// The side of a boundary that takes events.
pub(crate) struct Sender(pub(crate) Arc<Core>);

#[allow(unsafe_code, reason = "it passes on what the dispatcher promises")]
impl Invoke<()> for Sender {
    fn sees(&self) -> Sees {
        Sees::Shared
    }

    fn can_run(&self) -> bool {
        true
    }

    unsafe fn start(&mut self, call: Call<'_>, _: &mut Context<'_>) -> Poll<Ended<()>> {
        let hand = call.at().hand();
        let event = call.split().0.record().share();
        Poll::Ready(match hand {
            Some(hand) => self.0.take(event, &hand).map_err(Into::into),
            None => Err(NO_HAND.into()),
        })
    }

    fn resume(&mut self, _: &mut Context<'_>) -> Poll<Ended<()>> {
        Poll::Pending
    }

    fn clear(&mut self) {}

    /// Nobody else has the events, so that they need not be shared.
    unsafe fn run(&mut self, run: &mut Run<'_>, _: &mut Context<'_>) -> Poll<Ended<()>> {
        let Some(hand) = run.hand() else { return Poll::Ready(Err(NO_HAND.into())) };
        let mut entry = match self.0.open(&hand) {
            Ok(entry) => entry,
            Err(refused) => return Poll::Ready(Err(refused.into())),
        };
        loop {
            entry.take(|waiting, tags| run.move_to(waiting, tags));
            // SAFETY: the payload has been moved.
            if !unsafe { run.goes_on() } {
                entry.close();
                return Poll::Ready(Ok(()));
            }
        }
    }
}

const NO_HAND: CallError = CallError::BadCall("a boundary takes events from a nexus only");
