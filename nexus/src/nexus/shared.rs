//! What the dispatchers, the sources and all handles of one nexus share.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::collections::HashSet;
use std::future::poll_fn;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

use tokio::runtime::{self, RuntimeFlavor};
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet, coop};
use tokio::time::Instant;

use super::arrival::Arrival;
use super::board::{Board, Item, LOOK, QUIET};
use super::calm::Calm;
use super::dispatch::{Core, Drove, drive};
use super::door::{Admission, Left, Ticket, Wakers};
use super::intake::{COURTESY, Intake};
use super::ledger::{Account, DomainLedger, InHand, Ledger, SourceFailure};
use super::levels::Bundle;
use super::life::{Life, Phase, State};
use super::policy::Policy;
use super::refused::Refused;
use super::tree::Tree;
use super::{Door, Origin, dispatch, hand, lock};
use crate::boundary::{Core as Boundary, Target, Way};
use crate::dynamic::{Lookup, Registrations, Source};
use crate::error::{Failure, IngestError, StateError};
use crate::event::{Event, EventFactory, EventType, IntoEvent, Kind, kind};
use crate::raw::{Driver, Member, Seat, Tags, frame};
use crate::source::{self, SourceContext, SourceKind};
use crate::testing::Recorder;

/// Called with each reported failure, and the event that failed if it belongs to one.
pub(crate) type Hook = Box<dyn Fn(&Failure, Option<&Event>) + Send + Sync>;

/// A turn that takes longer, in nanoseconds, is worth that a thread is woken that has nothing to do.
const LONG_TURN: u64 = 16_000;
/// Turns are short when so many have been.
const SHORT_TURNS: u32 = 64;
pub(crate) struct Shared {
    pub(crate) me: Weak<Shared>,
    pub(crate) life: Life,
    pub(crate) policy: Policy,
    /// Whether several handlers may share an event.
    pub(crate) multiple: bool,
    /// How many events each domain holds.
    pub(crate) capacity: Option<usize>,
    pub(crate) hook: Option<Hook>,
    pub(crate) domains: Box<[Domain]>,
    /// Those of the plan.
    pub(crate) boundaries: Box<[PlannedBoundary]>,
    /// Where it runs, once it has been started.
    pub(crate) runtime: OnceLock<runtime::Handle>,
    /// The tasks of sources and boundaries.
    pub(crate) tasks: Mutex<JoinSet<()>>,
    /// The closing of sources in a drain.
    pub(crate) closing: Mutex<Option<JoinHandle<()>>>,
    /// The first error that ended the run.
    pub(crate) failed: Mutex<Option<Failure>>,
    pub(crate) aborting: AtomicBool,
    /// The dispatchers, which `abort` cuts.
    pub(crate) cuts: Mutex<Vec<AbortHandle>>,
    /// The sources, which end with the first call that ends the nexus.
    pub(crate) sources: Mutex<Vec<AbortHandle>>,
    /// The phase, for those who wait for it.
    pub(crate) announced: watch::Sender<Phase>,
    pub(crate) ended: watch::Sender<bool>,
    /// In a test.
    pub(crate) calm: Option<Calm>,
    pub(crate) recorder: Option<Weak<Recorder>>,
}

/// A boundary between two domains of the plan.
pub(crate) struct PlannedBoundary {
    pub(crate) core: Arc<Boundary>,
    /// `None` where only the other side is built.
    pub(crate) from: Option<usize>,
    pub(crate) to: Option<usize>,
}

pub(crate) struct Domain {
    pub(crate) name: &'static str,
    pub(crate) key: TypeId,
    pub(crate) dead_letters: bool,
    /// Whether the types of dynamic events are bits, and the keys of their handlers masks.
    pub(crate) bits: bool,
    /// The keys of the plan's handlers, and their names.
    pub(crate) planned: Lookup,
    /// The events of which there may be one handler only.
    pub(crate) exclusive: HashSet<EventType>,
    pub(crate) names: Box<[Arc<str>]>,
    pub(crate) filters: Box<[Arc<str>]>,
    /// What has been registered beside the plan.
    pub(crate) registrations: Registrations,
    /// Gives ids.
    pub(crate) factory: EventFactory,
    /// The boundaries in which events of this domain hold somebody up.
    pub(crate) held_by: Mutex<Vec<Weak<Boundary>>>,
    /// Events whose handlers are left out of a test.
    pub(crate) may_go_unhandled: HashSet<EventType>,
    /// The sources that have failed.
    pub(crate) source_failures: Mutex<Vec<SourceFailure>>,
    /// No other domain of this process has, or has had, the same.
    pub(crate) uid: u64,
    /// From when its times are counted.
    pub(crate) epoch: Instant,
    /// Whether somebody may ask when events were accepted, and from which they arose.
    pub(crate) meta: AtomicBool,
    /// Whether its turns are long: so many short ones make it forget the last long one.
    pub(crate) long_turns: AtomicU32,
    pub(crate) intake: Mutex<Intake>,
    pub(crate) board: Board,
    /// Its dispatcher's, once it has been started.
    pub(crate) seat: OnceLock<Seat<Core>>,
}

/// Where an event comes from, besides its payload.
#[derive(Clone, Default)]
pub(crate) struct Origins {
    /// The tree that it belongs to, if anybody waits for it.
    pub(crate) tree: Option<Arc<Tree>>,
    /// The event whose filter or handler emitted it.
    pub(crate) cause: Option<i64>,
    /// The way back, if it came through a boundary.
    pub(crate) way: Option<Way>,
}

impl Origins {
    #[inline]
    fn is_none(&self) -> bool {
        self.tree.is_none() && self.cause.is_none() && self.way.is_none()
    }
}

/// How offered events fared.
pub(crate) enum Offer {
    Entered,
    /// They have entered, and others are to be let run now.
    Courtesy,
    Line(Ticket),
}

/// The way in for one event.
pub(crate) struct OpenDoor<'a> {
    intake: MutexGuard<'a, Intake>,
    board: &'a Board,
}

impl OpenDoor<'_> {
    /// Puts the event in.
    #[inline]
    pub(crate) fn enter<E: IntoEvent>(self, event: E) {
        let Self { mut intake, board } = self;
        let urgency = intake.put_bare(event);
        if urgency < board.signal() {
            board.set_signal(urgency);
        }
        wake(intake);
    }
}

/// What a dispatcher with nothing to do does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Something has come.
    Again,
    Asleep,
    /// The nexus has ended.
    Over,
}

/// Wakes the dispatcher if it sleeps, when the lock is released.
#[inline]
fn wake(mut intake: MutexGuard<'_, Intake>) {
    if intake.sleeper.is_some()
        && let Some(sleeper) = intake.sleeper.take()
    {
        drop(intake);
        sleeper.wake();
    }
}

impl Domain {
    /// A time as a number: so many nanoseconds after the epoch, or before it.
    pub(crate) fn nanoseconds(&self, time: Instant) -> u64 {
        let count = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX >> 1);
        match time.checked_duration_since(self.epoch) {
            Some(after) => count(after),
            None => count(self.epoch.duration_since(time)).wrapping_neg(),
        }
    }

    pub(crate) fn time(&self, nanoseconds: u64) -> Instant {
        let before = Duration::from_nanos(nanoseconds.wrapping_neg());
        if nanoseconds > u64::MAX >> 1 {
            self.epoch.checked_sub(before).unwrap_or(self.epoch)
        } else {
            self.epoch + Duration::from_nanos(nanoseconds)
        }
    }

    /// Tells the dispatcher what there is in the intake.
    pub(crate) fn publish(&self, intake: &Intake) {
        self.board.set_signal(intake.signal());
        self.board.set_door(intake.door());
    }

    /// Notes how long a turn was that is over now, and began then.
    pub(crate) fn note_turn(&self, began: u64) {
        let is_long = self.nanoseconds(Instant::now()) > began.saturating_add(LONG_TURN);
        let others = self.long_turns.load(Ordering::Relaxed).saturating_sub(1);
        self.long_turns.store(if is_long { SHORT_TURNS } else { others }, Ordering::Relaxed);
    }

    /// Has the dispatcher look again, at all that is not an event.
    pub(crate) fn wake(&self) {
        let mut intake = lock(&self.intake);
        intake.look = true;
        self.board.set_signal(LOOK);
        wake(intake);
    }

    /// Has the dispatcher look at all that is not an event, before it takes the next one.
    pub(crate) fn look_again(&self) {
        let mut intake = lock(&self.intake);
        if self.meta.load(Ordering::Relaxed) {
            intake.be_careful();
        }
        intake.look = true;
        self.board.set_signal(LOOK);
    }

    /// The dispatcher has nothing to do.
    pub(crate) fn rest(&self, shared: &Shared, waker: &Waker) -> Rest {
        let mut intake = lock(&self.intake);
        if shared.life.phase() == Phase::Stopped {
            return Rest::Over;
        }
        // One that came to the door while the last event was being taken has seen more of them than there are.
        let wakers = shared.admit(self, &mut intake);
        if intake.len > 0 || intake.look {
            drop(intake);
            wakers.wake();
            return Rest::Again;
        }
        intake.sleeper = Some(waker.clone());
        let idle = intake.set_busy(false);
        drop(intake);
        // Nobody has come in; who was sent away is told so.
        wakers.wake();
        if idle {
            shared.idle();
        }
        if shared.life.is_over() { Rest::Over } else { Rest::Asleep }
    }

    /// The time, if somebody may ask when events were accepted.
    pub(crate) fn time_for_meta(&self) -> Option<u64> {
        self.meta.load(Ordering::Relaxed).then(|| self.nanoseconds(Instant::now()))
    }

    /// The tags of an event that comes from outside.
    #[inline]
    fn tags(&self, origins: Origins) -> Tags {
        let time = self.time_for_meta();
        let tree = origins.tree.as_ref().and_then(Member::join);
        let has_way = tree.as_ref().is_some_and(|member| member.tree().way.is_some());
        Tags {
            tree,
            time,
            cause: origins.cause.filter(|_| time.is_some()),
            way: origins.way.filter(|_| !has_way),
        }
    }

    /// The accounts as they are now; `pending` is counted, not computed.
    fn snapshot(&self) -> DomainLedger {
        // What goes from the intake to the dispatcher does so under this lock.
        let intake = lock(&self.intake);
        let reading = self.board.read();
        let mut accounts = reading.accounts;
        let mut see = |event_type: EventType, count: fn(&mut Account)| {
            count(accounts.entry(event_type).or_default());
        };
        for log in intake.levels.logs() {
            log.each(|front| {
                let event_type = match front.whole() {
                    Some(event) => event.event_type().clone(),
                    None => kind(front.number()).map_or(EventType::Int(0), Kind::event_type),
                };
                see(event_type, |account| {
                    account.accepted += 1;
                    account.pending += 1;
                });
            });
        }
        for (event_type, dropped) in &intake.dropped {
            let account = accounts.entry(event_type.clone()).or_default();
            account.accepted += dropped;
            account.dropped += dropped;
        }
        let (at_the_door, held_up) = (intake.at_the_door(), intake.held_up());
        drop(intake);
        DomainLedger {
            domain: self.name,
            accounts,
            in_hand: reading.hand.map(|hand| InHand {
                event_type: hand.event_type,
                id: hand.id,
                item: self.name_of(hand.item),
                since: hand.since.map_or(Duration::ZERO, |since| self.time(since).elapsed()),
            }),
            at_the_door,
            held_up,
            source_failures: lock(&self.source_failures).clone(),
        }
    }

    fn name_of(&self, item: Item) -> String {
        let name = match item {
            Item::Dispatcher => None,
            Item::Filter(place) => self.filters.get(place).cloned(),
            Item::Handler(place) => self.names.get(place).cloned(),
            Item::RegisteredFilter(place) => self.registrations.filter_name(place),
            Item::RegisteredHandler(place) => self.registrations.handler_name(place),
        };
        name.as_deref().unwrap_or("the dispatcher").to_owned()
    }
}

impl Shared {
    /// Itself, as it is shared.
    ///
    /// # Panics
    ///
    /// Never: nobody has it who does not share it.
    pub(crate) fn arc(&self) -> Arc<Self> {
        self.me.upgrade().expect("it is shared")
    }

    pub(crate) fn state(&self) -> State {
        self.life.state()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger {
            domains: self.domains.iter().map(Domain::snapshot).collect(),
            boundaries: self.boundaries.iter().map(|boundary| boundary.core.account()).collect(),
        }
    }

    /// Tells those who wait for a phase.
    pub(crate) fn announce(&self, phase: Phase) {
        self.announced.send_if_modified(|announced| {
            let later = phase > *announced;
            *announced = phase.max(*announced);
            later
        });
    }

    /// Waits until this phase, or a later one, is reached.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives in what is borrowed here.
        self.announced.subscribe().wait_for(|announced| *announced >= phase).await.ok();
    }

    /// Whether the nexus drains or has stopped.
    pub(crate) fn is_ending(&self) -> bool {
        self.life.is_ending()
    }

    pub(crate) fn wake_all(&self) {
        self.domains.iter().for_each(Domain::wake);
        self.calmer();
    }

    /// Gives up a source's or a handle's hold on the nexus.
    pub(crate) fn release(&self) {
        if self.life.release() {
            self.wake_all();
        } else {
            self.calmer();
        }
    }

    /// A domain has nothing pending any more.
    pub(crate) fn idle(&self) {
        if self.life.idle() {
            self.wake_all();
        } else {
            self.calmer();
        }
    }

    /// Tells a test that waits that there may be less to do.
    fn calmer(&self) {
        if let Some(calm) = &self.calm {
            calm.changed();
        }
    }

    pub(crate) fn stop(&self) -> Result<(), StateError> {
        self.end()?;
        self.announce(Phase::Stopped);
        Ok(())
    }

    /// Stops without a word to those who wait for a stop that somebody has asked for.
    pub(crate) fn end(&self) -> Result<(), StateError> {
        if self.life.stop()? {
            tell(|| tracing::debug!(target: "nexus", "stopping"));
            self.refuse_doors(false);
            self.end_sources();
            self.wake_all();
        }
        Ok(())
    }

    pub(crate) fn drain(self: &Arc<Self>) -> Result<(), StateError> {
        self.life.drain()?;
        tell(|| tracing::debug!(target: "nexus", "draining"));
        self.refuse_doors(true);
        self.announce(Phase::Draining);
        self.end_sources();
        self.close_sources();
        self.wake_all();
        Ok(())
    }

    /// Closes the sources that were added beside the plan; the end of the nexus waits for that.
    fn close_sources(self: &Arc<Self>) {
        let Some(runtime) = self.runtime.get() else { return };
        let mut closing = lock(&self.closing);
        if closing.is_some() || !self.domains.iter().any(|domain| domain.registrations.has_sources()) {
            return;
        }
        let shared = self.clone();
        let task = runtime.spawn(async move {
            for (index, domain) in shared.domains.iter().enumerate() {
                domain.registrations.close_sources(&Target::of(&shared, index)).await;
            }
        });
        lock(&self.cuts).push(task.abort_handle());
        *closing = Some(task);
    }

    /// Starts a source that is added while the nexus runs, and asks it.
    pub(crate) fn begin(shared: &Arc<Self>, domain: usize, source: Source) {
        let Some(runtime) = shared.runtime.get() else { return };
        if shared.is_ending() {
            return;
        }
        let door = Door::new(shared.clone(), domain);
        let task = {
            let shared = shared.clone();
            async move {
                match source.start_for(&Target::of(&shared, domain)).await {
                    Ok(()) => Self::ask(shared, domain, source, door).await,
                    Err(failure) => {
                        // So that it can be added again.
                        shared.domains[domain].registrations.forget(&source);
                        source.detach(&Target::of(&shared, domain));
                        shared.source_failed(domain, &failure, shared.policy == Policy::Fail);
                    }
                }
            }
        };
        shared.run_source(task, runtime);
    }

    /// Asks a source that has been started, as soon as the nexus loops.
    pub(crate) async fn ask(shared: Arc<Self>, domain: usize, source: Source, door: Door) {
        if source.is_producer() {
            return;
        }
        shared.reached(Phase::Looping).await;
        let target = Target::of(&shared, domain);
        let context = SourceContext::new(
            shared,
            domain,
            source.name().into(),
            SourceKind::Converter { ahead: 1 },
            Vec::new(),
        );
        source::drive_task(
            Box::new(|context| Box::pin(async move { source.ask(context, target).await })),
            context,
        )
        .await;
        drop(door);
    }

    /// Runs the task of a source, which ends with the nexus.
    pub(crate) fn run_source(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
        runtime: &runtime::Handle,
    ) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        let cut = tasks.spawn_on(task, runtime);
        drop(tasks);
        let mut sources = lock(&self.sources);
        sources.retain(|source| !source.is_finished());
        sources.push(cut);
        drop(sources);
        if self.is_ending() {
            // It began to end while this one was started.
            self.end_sources();
        }
    }

    /// Sends away who waits for room: in a drain everybody; at a stop those who only wait for that, while calls that wait
    /// for more are answered when the event in hand has ended, as all others.
    fn refuse_doors(&self, draining: bool) {
        for domain in &self.domains {
            let how = if draining { Refused::Stopped } else { Refused::Cut };
            let refused =
                lock(&domain.intake).refuse_the_door(|waiting| draining || waiting.tree.is_none(), how);
            refused.wake();
        }
    }

    pub(crate) fn end_sources(&self) {
        for source in lock(&self.sources).drain(..) {
            source.abort();
        }
    }

    pub(crate) fn abort(&self) -> Result<(), StateError> {
        self.stop()?;
        self.aborting.store(true, Ordering::SeqCst);
        self.cut_if_aborting();
        Ok(())
    }

    /// Cuts the dispatchers. Called again when they have been started, for an abort that came just before.
    pub(crate) fn cut_if_aborting(&self) {
        let cuts = lock(&self.cuts);
        if self.aborting.load(Ordering::SeqCst) {
            cuts.iter().for_each(AbortHandle::abort);
        }
    }

    /// Ends the run with an error; false if it is ending already, so that somebody else must be told.
    pub(crate) fn fail(&self, failure: &Failure) -> bool {
        let mut failed = lock(&self.failed);
        if self.life.phase() == Phase::Stopped {
            return false;
        }
        *failed = Some(failure.clone());
        drop(failed);
        self.record(failure);
        self.stop().is_ok()
    }

    /// Tells a test; whether there is one.
    fn record(&self, failure: &Failure) -> bool {
        let recorder = self.recorder.as_ref().and_then(Weak::upgrade);
        recorder.map(|recorder| recorder.failed(failure)).is_some()
    }

    /// A source has failed; `ends` says whether that ends the run.
    pub(crate) fn source_failed(&self, domain: usize, failure: &Failure, ends: bool) {
        SourceFailure::note(&mut lock(&self.domains[domain].source_failures), failure);
        if !(ends && self.fail(failure)) {
            self.report(failure, None);
        }
    }

    /// Tells tracing and the error hook; where there is neither, standard error, since nothing is lost silently. A hook that
    /// panics harms nobody.
    pub(crate) fn report(&self, failure: &Failure, event: Option<&Event>) {
        let heard = self
            .hook
            .as_ref()
            .is_some_and(|hook| quietly("the error hook", || hook(failure, event)).is_some());
        if self.record(failure) || heard {
            tell(|| tracing::error!(target: "nexus", "{failure}"));
        } else {
            complain(format_args!("{failure}"));
        }
    }

    /// Puts in what the event in hand emits on this thread: at once, whatever waits.
    #[inline]
    pub(crate) fn emit<E: IntoEvent>(&self, index: usize, core: &Core, event: E) {
        let board = &self.domains[index].board;
        let mut backlog = core.backlog.borrow_mut();
        if board.signal() == QUIET && !backlog.may_go_back() {
            return backlog.emit(board, event);
        }
        drop(backlog);
        self.emit_with_care(index, core, &mut Some(event));
    }

    /// The same, whatever the event's type is.
    fn emit_any(&self, index: usize, core: &Core, event: &mut dyn Arrival) {
        let board = &self.domains[index].board;
        let mut backlog = core.backlog.borrow_mut();
        if board.signal() == QUIET && !backlog.may_go_back() {
            return backlog.emit_any(board, event);
        }
        drop(backlog);
        self.emit_with_care(index, core, event);
    }

    /// The same, when something has come from outside, which goes before it, when the nexus has stopped, or when the event goes
    /// back to where the one in hand came from.
    #[cold]
    fn emit_with_care(&self, index: usize, core: &Core, event: &mut dyn Arrival) {
        let domain = &self.domains[index];
        let mut backlog = core.backlog.borrow_mut();
        let id = domain.board.id();
        let back = backlog.hand().and_then(|front| front.way().cloned());
        if let Some(way) = back.filter(|way| way.brings_back(&event.name())) {
            drop(backlog);
            if let Some(event) = event.whole()
                && let Err(unanswered) = way.reply(event, id)
            {
                let event_type = unanswered.event.event_type().clone();
                core.backlog.borrow_mut().put_dropped(&domain.board, &event_type);
                drop_quietly(unanswered.event);
            }
            return;
        }
        let mut intake = lock(&domain.intake);
        if self.life.phase() == Phase::Stopped {
            drop(intake);
            backlog.put_dropped(&domain.board, &event.name());
            if let Some(member) = backlog.hand().and_then(|front| front.tree()) {
                member.tree().cut();
            }
            drop(backlog);
            return drop_quietly(event.whole());
        }
        backlog.fetch(&domain.board, &mut intake);
        domain.publish(&intake);
        drop(intake);
        backlog.emit_any(&domain.board, event);
    }

    /// Puts an event in at once, if an event that this nexus has in hand is being polled here; else gives `false`.
    fn put_from_inside(&self, index: usize, event: &mut dyn Arrival) -> bool {
        if frame::is_outside() {
            return false;
        }
        let here = frame::find(|shared, domain, core| {
            if !std::ptr::eq(shared, self) {
                return None;
            }
            let here = domain == index;
            if here {
                self.emit_any(index, core, event);
            }
            Some(here)
        });
        if here == Some(false)
            && let Some(event) = event.whole()
        {
            self.put_inside(index, event, Origins::default());
        }
        here.is_some()
    }

    /// Whether an event that this nexus has in hand is being polled here.
    fn is_inside(&self) -> bool {
        frame::find(|shared, _, _| std::ptr::eq(shared, self).then_some(())).is_some()
    }

    /// Puts in what an event in hand emits elsewhere than in its dispatcher: at once, whatever waits.
    pub(crate) fn put_inside(&self, index: usize, event: Event, origins: Origins) {
        let domain = &self.domains[index];
        let tree = origins.tree.clone();
        let tags = domain.tags(origins);
        let mut intake = lock(&domain.intake);
        if self.life.phase() == Phase::Stopped {
            *intake.dropped.entry(event.event_type().clone()).or_default() += 1;
            drop(intake);
            if let Some(tree) = tree {
                tree.cut();
            }
            drop(tags);
            return drop_quietly(event);
        }
        self.accept(domain, intake, &mut Some(event), tags);
    }

    /// Accepts an event that is dropped at once.
    pub(crate) fn put_dropped(&self, index: usize, event: Event) {
        let mut intake = lock(&self.domains[index].intake);
        *intake.dropped.entry(event.event_type().clone()).or_default() += 1;
        drop(intake);
        drop_quietly(event);
    }

    /// Lets an event in, and wakes the dispatcher if it sleeps.
    fn accept(
        &self,
        domain: &Domain,
        mut intake: MutexGuard<'_, Intake>,
        event: &mut dyn Arrival,
        tags: Tags,
    ) {
        let urgency = intake.put(event, tags);
        if urgency < domain.board.signal() {
            domain.board.set_signal(urgency);
        }
        self.rouse(intake);
    }

    /// Wakes the dispatcher if it sleeps, since something has come.
    #[inline]
    fn rouse(&self, mut intake: MutexGuard<'_, Intake>) {
        if !intake.set_busy(true) {
            self.life.busy();
        }
        wake(intake);
    }

    /// Has the census count the domain as busy, if events from outside are taken now; else gives the phase.
    #[inline]
    fn occupy(&self, intake: &mut Intake) -> Result<(), Phase> {
        if intake.is_busy() {
            return self.life.takes_events();
        }
        self.life.busy_with_entry()?;
        intake.set_busy(true);
        Ok(())
    }

    /// Lets those at the door in for whom there is room.
    fn admit(&self, domain: &Domain, intake: &mut Intake) -> Wakers {
        let mut wakers = Wakers::default();
        domain.publish(intake);
        if intake.is_door_empty() {
            return wakers;
        }
        // A dispatcher that does not rest looks at the door when an event has been taken. Either it sees what has been published,
        // or here it is seen that the event does not wait any more.
        fence(Ordering::SeqCst);
        let waiting = domain.board.waiting();
        if !intake.has_room_for_the_door(waiting) || self.occupy(intake).is_err() {
            return wakers;
        }
        intake.admit(waiting, &mut wakers);
        domain.publish(intake);
        wakers
    }

    /// The same, from elsewhere than the dispatcher's rest. A dispatcher that sleeps is woken, also if somebody still stands at the
    /// door: a call drives meanwhile, and may be done before it has looked there.
    fn let_in(&self, domain: &Domain, mut intake: MutexGuard<'_, Intake>) {
        let before = intake.is_door_empty();
        let wakers = self.admit(domain, &mut intake);
        if before {
            return;
        }
        wake(intake);
        wakers.wake();
    }

    /// Room has become free in a domain.
    #[cold]
    pub(crate) fn look_at_the_door(&self, domain: &Domain) {
        self.let_in(domain, lock(&domain.intake));
    }

    /// Puts in what is not made to wait: a reply. It comes back if the nexus does not run.
    /// `count` is called before anybody can see it.
    pub(crate) fn put_at_once(
        &self,
        index: usize,
        event: Event,
        origins: Origins,
        count: impl FnOnce(),
    ) -> Result<(), Event> {
        let domain = &self.domains[index];
        let tree = origins.tree.clone();
        let tags = domain.tags(origins);
        let intake = lock(&domain.intake);
        match self.life.phase() {
            Phase::Starting | Phase::Looping | Phase::Draining => {
                count();
                if let Some(tree) = tree {
                    tree.note_entry();
                }
                self.accept(domain, intake, &mut Some(event), tags);
                Ok(())
            }
            Phase::Ready | Phase::Stopped => {
                drop(intake);
                drop(tags);
                Err(event)
            }
        }
    }

    /// Puts in what a boundary of the plan brings: as from outside, but also while the nexus drains, for which nobody is made to
    /// wait.
    pub(crate) async fn bring_all(
        &self,
        index: usize,
        bundle: &mut Bundle,
        tree: &Arc<Tree>,
    ) -> Result<(), Refused<()>> {
        match self.enter_all(index, bundle, Some(tree)).await {
            Err(Refused::Stopped(())) => {}
            brought => return brought,
        }
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        if self.life.phase() == Phase::Stopped {
            return Err(Refused::Stopped(()));
        }
        tree.note_entry();
        intake.put_all(bundle);
        domain.publish(&intake);
        self.rouse(intake);
        Ok(())
    }

    /// So many events that nobody waits for begin to wait too far back in a boundary.
    pub(crate) fn hold_up_the_door(&self, index: usize, events: usize) {
        lock(&self.domains[index].intake).hold_up(events);
    }

    /// It has moved up.
    pub(crate) fn release_the_door(&self, index: usize) {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        intake.release();
        self.let_in(domain, intake);
    }

    /// Remembers a boundary in which events of this domain hold somebody up.
    pub(crate) fn note_boundary(&self, index: usize, boundary: &Arc<Boundary>) {
        let mut known = lock(&self.domains[index].held_by);
        known.retain(|known| known.strong_count() > 0);
        if !known.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(boundary))) {
            known.push(Arc::downgrade(boundary));
        }
    }

    /// Whether the nexus takes events from outside now.
    #[inline]
    fn admits<E>(&self, event: E) -> Result<E, Refused<E>> {
        match self.life.takes_events() {
            Ok(()) => Ok(event),
            Err(phase) => Err(refused_in(phase, event)),
        }
    }

    /// Offers an event. `line` says whether it may stand at the door.
    fn offer(
        &self,
        index: usize,
        event: &mut dyn Arrival,
        origins: Origins,
        line: bool,
    ) -> Result<Offer, Refused<()>> {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        self.admits(())?;
        if domain.bits && !event.facts().is_one_bit {
            return Err(Refused::InvalidType(()));
        }
        if intake.is_full(domain.board.waiting(), 1, origins.tree.is_some()) {
            drop(intake);
            return self.offer_at_the_door(index, event, origins, line);
        }
        self.occupy(&mut intake).map_err(|phase| refused_in(phase, ()))?;
        if let Some(tree) = &origins.tree {
            tree.note_entry();
        }
        let courtesy = intake.asks_for_courtesy();
        let bare = origins.is_none() && !domain.meta.load(Ordering::Relaxed);
        let tags = if bare { Tags::default() } else { domain.tags(origins) };
        self.accept(domain, intake, event, tags);
        Ok(if courtesy { Offer::Courtesy } else { Offer::Entered })
    }

    /// The same, when the domain was full just now.
    #[cold]
    fn offer_at_the_door(
        &self,
        index: usize,
        event: &mut dyn Arrival,
        origins: Origins,
        line: bool,
    ) -> Result<Offer, Refused<()>> {
        if !line {
            return Err(Refused::Full(()));
        }
        let domain = &self.domains[index];
        let tree = origins.tree.clone();
        let tags = domain.tags(origins);
        let mut bundle = lock(&domain.intake).spare();
        bundle.push_any(event, tags);
        match self.stand_at_the_door(index, bundle, tree) {
            Ok(ticket) => Ok(Offer::Line(ticket)),
            Err(refused) => Err(refused.map(|bundle| event.come_back(bundle))),
        }
    }

    /// Puts events in the line at the door, and lets them in at once if there is room after all.
    #[allow(clippy::result_large_err, reason = "the events come back")]
    fn stand_at_the_door(
        &self,
        index: usize,
        bundle: Bundle,
        tree: Option<Arc<Tree>>,
    ) -> Result<Ticket, Refused<Bundle>> {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        let bundle = self.admits(bundle)?;
        let ticket = intake.wait_at_the_door(bundle, tree);
        self.let_in(domain, intake);
        Ok(ticket)
    }

    /// Whether events that stand at the door have entered, or been refused; else `waker` is woken when they have.
    fn ask_at_the_door(&self, index: usize, ticket: Ticket, waker: &Waker) -> Poll<Admission> {
        // Wakers are cloned and dropped without the lock.
        let mut waker = Some(waker.clone());
        let mut intake = lock(&self.domains[index].intake);
        let admission = intake.ask_at_the_door(ticket, &mut waker);
        drop(intake);
        quietly("a waker", || drop(waker));
        admission
    }

    /// Takes events out of the line again, if they still stand there.
    fn leave_the_door(&self, index: usize, ticket: Ticket) -> Left {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        let (left, waker) = intake.leave_the_door(ticket);
        // There may be room for those behind.
        self.let_in(domain, intake);
        quietly("a waker", || drop(waker));
        left
    }

    /// Waits until events at the door have entered, or been refused; `None` if a handler of this nexus polls this, which need not
    /// wait any longer.
    async fn admission(&self, index: usize, ticket: Ticket) -> Option<Admission> {
        poll_fn(|cx| match self.ask_at_the_door(index, ticket, cx.waker()) {
            Poll::Ready(admission) => Poll::Ready(Some(admission)),
            Poll::Pending if self.is_inside() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Puts an event in, waiting for room. Cancelled at the door, the event never enters.
    pub(crate) async fn enter(&self, index: usize, event: Event, origins: Origins) -> Result<(), Refused> {
        let mut event = Some(event);
        let offer = match self.step_in(index, &mut event, origins) {
            Ok(offer) => offer,
            Err(refused) => return Err(refused.map(|()| event.expect("a refused event stays where it was"))),
        };
        self.end_of(index, offer).await.map_err(|refused| refused.map(back))
    }

    /// Puts an event in if it can enter with nothing else to be thought of; else it comes back.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn enter_now<E: IntoEvent>(&self, index: usize, event: E) -> Option<E> {
        if E::FITS
            && let Some(open) = self.open_door(index)
        {
            open.enter(event);
            return None;
        }
        Some(event)
    }

    /// The way in for an event that can enter at once, with nothing else to be thought of.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn open_door(&self, index: usize) -> Option<OpenDoor<'_>> {
        if !frame::is_outside() {
            return None;
        }
        let domain = &self.domains[index];
        let intake = lock(&domain.intake);
        let open = !self.life.is_ending() && intake.is_fast(domain.board.waiting());
        open.then_some(OpenDoor { intake, board: &domain.board })
    }

    /// Begins to put an event in: it has entered, or stands at the door.
    pub(crate) fn step_in(
        &self,
        index: usize,
        event: &mut dyn Arrival,
        origins: Origins,
    ) -> Result<Offer, Refused<()>> {
        if self.put_from_inside(index, event) {
            return Ok(Offer::Entered);
        }
        self.offer(index, event, origins, true)
    }

    /// Waits for what has been begun.
    #[inline]
    pub(crate) fn end_of(&self, index: usize, offer: Offer) -> Entering<'_> {
        Entering { shared: self, index, offer }
    }

    /// Puts in what a handler of this nexus has brought.
    fn put_all_from_inside(&self, index: usize, bundle: &mut Bundle) {
        while let Some(event) = bundle.pop() {
            let mut event = Some(event);
            if !self.put_from_inside(index, &mut event)
                && let Some(event) = event
            {
                self.put_inside(index, event, Origins::default());
            }
        }
    }

    /// Notes in events that come together when they do, if somebody may ask for it.
    pub(crate) fn date(&self, index: usize, bundle: &mut Bundle) {
        if let Some(time) = self.domains[index].time_for_meta() {
            bundle.date(time);
        }
    }

    /// Puts events in together, waiting for room; they stay in the bundle if they do not enter, or if this is cancelled at the
    /// door.
    pub(crate) async fn enter_all(
        &self,
        index: usize,
        bundle: &mut Bundle,
        tree: Option<&Arc<Tree>>,
    ) -> Result<(), Refused<()>> {
        if bundle.is_empty() {
            return Ok(());
        }
        if self.is_inside() {
            self.put_all_from_inside(index, bundle);
            bundle.clear();
            return Ok(());
        }
        let ticket = match self.offer_all(index, bundle, tree)? {
            Offer::Line(ticket) => ticket,
            offer => return self.end_of(index, offer).await.map_err(|refused| refused.map(drop)),
        };
        let mut place = PlaceOfAll { shared: self, index, ticket: Some(ticket), bundle };
        let Some(admission) = self.admission(index, ticket).await else {
            drop(place);
            return Box::pin(self.enter_all(index, bundle, tree)).await;
        };
        place.ticket = None;
        admission.map_err(|refused| refused.map(|left| *place.bundle = left))
    }

    /// Offers events that enter together.
    fn offer_all(
        &self,
        index: usize,
        bundle: &mut Bundle,
        tree: Option<&Arc<Tree>>,
    ) -> Result<Offer, Refused<()>> {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        self.admits(())?;
        if intake.is_full(domain.board.waiting(), bundle.len(), tree.is_some()) {
            let whole = std::mem::replace(bundle, intake.spare());
            drop(intake);
            return match self.stand_at_the_door(index, whole, tree.cloned()) {
                Ok(ticket) => Ok(Offer::Line(ticket)),
                Err(refused) => Err(refused.map(|left| *bundle = left)),
            };
        }
        self.occupy(&mut intake).map_err(|phase| refused_in(phase, ()))?;
        if let Some(tree) = tree {
            tree.note_entry();
        }
        // Whoever waits for trees waits for others to run.
        let courtesy = tree.is_none() && intake.asks_for_courtesy();
        intake.put_all(bundle);
        domain.publish(&intake);
        wake(intake);
        Ok(if courtesy { Offer::Courtesy } else { Offer::Entered })
    }

    pub(crate) fn try_emit(&self, index: usize, event: &mut dyn Arrival) -> Result<(), Refused<()>> {
        if self.put_from_inside(index, event) {
            return Ok(());
        }
        self.offer(index, event, Origins::default(), false).map(|_| ())
    }

    pub(crate) fn emit_blocking(&self, index: usize, event: &mut dyn Arrival) -> Result<(), Refused<()>> {
        match self.step_in(index, event, Origins::default())? {
            Offer::Entered | Offer::Courtesy => Ok(()),
            offer @ Offer::Line(_) => {
                let mut end = self.end_of(index, offer);
                loop {
                    let (woken, awoken) = oneshot::channel();
                    let waker = Waker::from(Arc::new(Wakes(Mutex::new(Some(woken)))));
                    if let Poll::Ready(ended) = Pin::new(&mut end).poll(&mut Context::from_waker(&waker)) {
                        return ended.map_err(|refused| refused.map(|bundle| event.come_back(bundle)));
                    }
                    // Where it may not block, this panics, and the event must not enter.
                    awoken.blocking_recv().ok();
                }
            }
        }
    }

    /// Handles an event whose tree is waited for, puts it in, or in the line at the door. What is left to be waited for does not hold it;
    /// `None` if its tree is done.
    pub(crate) fn begin_ingest<E: IntoEvent>(
        &self,
        index: usize,
        event: E,
        cx: &mut Context<'_>,
    ) -> Result<Option<Ingesting<'_>>, IngestError> {
        let mut event = event;
        if !frame::is_outside() && self.is_inside() {
            if self.life.phase() == Phase::Stopped {
                return Err(IngestError::Stopped);
            }
            if self.domains[index].bits && !event.is_one_bit() {
                return Err(IngestError::InvalidEventType(event.name()));
            }
            let mut inside = Some(event);
            if self.put_from_inside(index, &mut inside) {
                return Ok(Some(Ingesting::inside()));
            }
            match inside {
                Some(back) => event = back,
                None => return Ok(Some(Ingesting::inside())),
            }
        }
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        let (tree, member) = spare.and_then(Tree::again).unwrap_or_else(|| Tree::new(Origin::Call));
        let mut call =
            IngestCall { shared: self, index, tree: Some(tree), member: Some(member), waits: true };
        let turn = self.domains[index].board.turn();
        let Some(event) = self.drive_here(index, &mut call, event, cx) else {
            // A caller that is never made to wait must still let others run.
            let courtesy = turn / COURTESY != self.domains[index].board.turn() / COURTESY;
            return match (courtesy, call.tree().is_done()) {
                (false, true) => call.end().map(|()| None),
                (false, false) => Ok(Some(Ingesting::of(call, Offer::Entered))),
                (true, _) => Ok(Some(Ingesting::of(call, Offer::Courtesy))),
            };
        };
        let origins = Origins { tree: call.tree.clone(), ..Origins::default() };
        let mut event = Some(event);
        match self.step_in(index, &mut event, origins) {
            Ok(offer) => Ok(Some(Ingesting::of(call, offer))),
            Err(refused) => {
                call.waits = false;
                Err(refused.ingest_error(event.name()))
            }
        }
    }

    /// Handles an event here and now, with all that arises from it, if the domain has nothing else to do.
    ///
    /// The caller drives for this one poll only. When its tree is done, or a handler is pending, or it has been long enough, the
    /// dispatcher's task goes on: a call that is not polled again keeps nobody waiting.
    #[inline]
    fn drive_here<E: IntoEvent>(
        &self,
        index: usize,
        call: &mut IngestCall<'_>,
        event: E,
        cx: &mut Context<'_>,
    ) -> Option<E> {
        let domain = &self.domains[index];
        if domain.board.signal() != QUIET || domain.bits || !frame::is_outside() {
            return Some(event);
        }
        let Some(driver) = domain.seat.get().and_then(Seat::take) else { return Some(event) };
        let mut seated = Seated { shared: self, index, driver: Some(driver) };
        if domain.board.signal() != QUIET || !self.runs_here() || self.life.busy_with_entry().is_err() {
            seated.leave();
            return Some(event);
        }
        let core = seated.core();
        call.tree().note_entry();
        let meta = domain.meta.load(Ordering::Relaxed);
        let tree = call.member.take();
        match tree {
            Some(tree) if !meta => core.backlog.borrow_mut().put_in_tree(&domain.board, event, tree),
            tree => {
                let time = Some(domain.nanoseconds(Instant::now()));
                core.backlog.borrow_mut().put(&domain.board, event, Tags { tree, time, ..Tags::default() });
            }
        }
        let drove = drive(self, index, core, cx, Some(call.tree()));
        let done = drove == Drove::Idle || (drove == Drove::Done && domain.board.top() == QUIET);
        if done {
            seated.leave();
            self.idle();
            return None;
        }
        // The dispatcher's task goes on with what is left.
        let mut intake = lock(&domain.intake);
        let counted = intake.set_busy(true);
        intake.look = true;
        domain.board.set_signal(LOOK);
        let sleeper = intake.sleeper.take();
        drop(intake);
        if counted {
            self.idle();
        }
        seated.leave();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
        None
    }

    #[inline]
    fn leave_seat(&self, index: usize, driver: Driver<'_, Core>) {
        if let Some(driver) = driver.leave() {
            dispatch::close(&self.arc(), index, driver);
        }
    }

    /// Whether the runtime of this nexus polls what calls this.
    #[inline]
    fn runs_here(&self) -> bool {
        let here = runtime::Handle::try_current();
        here.is_ok_and(|here| self.runtime.get().is_some_and(|own| own.id() == here.id()))
    }

    /// Has the task that is being polled polled again, after others; a task of this domain, or one that brings it events.
    pub(crate) fn wake_after_others(&self, index: usize, cx: &mut Context<'_>) {
        let runtime = self.runtime.get();
        if self.domains[index].long_turns.load(Ordering::Relaxed) > 0
            && runtime.is_some_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
        {
            // It goes to the end of its thread's queue, from where an idle thread can take it.
            cx.waker().wake_by_ref();
        } else {
            // It is put aside until its thread has nothing else to do, which costs less.
            let _woken_later = pin!(tokio::task::yield_now()).poll(cx);
        }
    }

    /// Closes a domain, and answers everybody who waits for it.
    pub(crate) fn close(&self, index: usize, core: &Core) {
        let domain = &self.domains[index];
        let mut backlog = core.backlog.borrow_mut();
        let mut intake = lock(&domain.intake);
        backlog.fetch(&domain.board, &mut intake);
        let door = intake.refuse_the_door(|_| true, Refused::Cut);
        let was_busy = intake.set_busy(false);
        drop(intake);
        let mut gone = Vec::new();
        while let Some((event, tags)) = backlog.drop_first(&domain.board) {
            drop(backlog);
            let Tags { tree, way, .. } = tags;
            gone.extend(tree);
            drop_quietly(event);
            drop(way);
            backlog = core.backlog.borrow_mut();
        }
        drop(backlog);
        for member in gone {
            member.tree().cut();
        }
        door.wake();
        let from = |boundary: &&PlannedBoundary| boundary.from == Some(index);
        self.boundaries.iter().filter(from).for_each(|boundary| boundary.core.abandon());
        let held_by = std::mem::take(&mut *lock(&domain.held_by));
        for boundary in held_by.iter().filter_map(Weak::upgrade) {
            boundary.release_holds_of(self, index);
        }
        if was_busy {
            self.idle();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        hand::forget(self);
    }
}

thread_local! {
    /// The tree of the last call, to be used again.
    static SPARE: Cell<Option<Arc<Tree>>> = const { Cell::new(None) };
}

/// A call that drives a domain for a moment.
struct Seated<'a> {
    shared: &'a Shared,
    index: usize,
    driver: Option<Driver<'a, Core>>,
}

impl Seated<'_> {
    fn core(&self) -> &Core {
        self.driver.as_ref().expect("it has not left").get()
    }

    #[inline]
    fn leave(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.shared.leave_seat(self.index, driver);
        }
    }
}

/// It has not left: something has panicked that is no user's. The dispatcher's task ends.
impl Drop for Seated<'_> {
    fn drop(&mut self) {
        if self.driver.is_some() {
            self.shared.end().ok();
            self.leave();
        }
    }
}

/// Says that the nexus has ended, when the last who could still do something for it has gone: the nexus itself if it is never
/// started, else its supervisor and its dispatchers.
pub(crate) struct Over(pub(crate) Arc<Shared>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.life.go(&[Phase::Ready], Phase::Stopped).ok();
        self.0.ended.send_replace(true);
        self.0.domains.iter().for_each(|domain| domain.registrations.ended());
    }
}

/// What is left of an offer, until its events have entered: a place at the door is given up when this is dropped.
pub(crate) struct Entering<'a> {
    shared: &'a Shared,
    index: usize,
    offer: Offer,
}

impl Future for Entering<'_> {
    type Output = Result<(), Refused<Bundle>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, index, ref offer } = *self;
        let ended = match *offer {
            Offer::Entered => Ok(()),
            Offer::Courtesy => {
                // A source that is never made to wait must still let others run.
                self.offer = Offer::Entered;
                shared.wake_after_others(index, cx);
                return Poll::Pending;
            }
            Offer::Line(ticket) => match shared.ask_at_the_door(index, ticket, cx.waker()) {
                Poll::Ready(admission) => admission,
                // A handler of this nexus polls this: it need not wait any longer.
                Poll::Pending if shared.is_inside() => match shared.leave_the_door(index, ticket) {
                    Left::Early(mut bundle) => {
                        shared.put_all_from_inside(index, &mut bundle);
                        Ok(())
                    }
                    Left::Refused(refused) => Err(refused),
                    Left::Entered => Ok(()),
                },
                Poll::Pending => return Poll::Pending,
            },
        };
        self.offer = Offer::Entered;
        Poll::Ready(ended)
    }
}

impl Drop for Entering<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Offer::Line(ticket) = self.offer {
            drop_quietly(self.shared.leave_the_door(self.index, ticket));
        }
    }
}

/// A place at the door, given up in the same way, of events that go back to whoever brought them.
struct PlaceOfAll<'a> {
    shared: &'a Shared,
    index: usize,
    ticket: Option<Ticket>,
    bundle: &'a mut Bundle,
}

impl Drop for PlaceOfAll<'_> {
    fn drop(&mut self) {
        let left = self.ticket.map(|ticket| self.shared.leave_the_door(self.index, ticket));
        match left {
            Some(Left::Early(left)) => *self.bundle = left,
            Some(Left::Refused(refused)) => *self.bundle = refused.into_inner(),
            Some(Left::Entered) | None => {}
        }
    }
}

/// Wakes a thread that blocks.
struct Wakes(Mutex<Option<oneshot::Sender<()>>>);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        if let Some(woken) = lock(&self.0).take() {
            woken.send(()).ok();
        }
    }
}

/// What is left of an ingest call that has put its event in, or in the line at the door.
pub(crate) struct Ingesting<'a> {
    /// Until its event has entered; before the call, so that whoever gives up gives up a place at the door first of all.
    end: Option<Entering<'a>>,
    /// `None` inside a handler of the same nexus, where nothing is waited for.
    call: Option<IngestCall<'a>>,
    refused: Option<IngestError>,
    /// Others have been let run, if it was their turn.
    rested: bool,
}

impl<'a> Ingesting<'a> {
    fn inside() -> Self {
        Self { end: None, call: None, refused: None, rested: false }
    }

    fn of(call: IngestCall<'a>, offer: Offer) -> Self {
        let end = call.shared.end_of(call.index, offer);
        Self { end: Some(end), call: Some(call), refused: None, rested: false }
    }
}

impl Future for Ingesting<'_> {
    type Output = Result<(), IngestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { end, call, refused, rested } = &mut *self;
        if let Some(ending) = end {
            let entered = ready!(Pin::new(ending).poll(cx));
            *end = None;
            if let Some(call) = call {
                call.member = None;
            }
            *refused = entered.err().map(|refused| refused.map(back::<Event>).as_ingest_error());
        }
        if !*rested {
            // A caller that is never made to wait must still let others run.
            ready!(coop::poll_proceed(cx)).made_progress();
            *rested = true;
        }
        let Some(waiting) = call else { return Poll::Ready(Ok(())) };
        if let Some(refused) = refused.take() {
            waiting.waits = false;
            return Poll::Ready(Err(refused));
        }
        // It stays as it is if a waker panics here. Should a handler of this nexus poll it, it need not wait any longer.
        let is_done = waiting.tree().poll_done(cx).is_ready();
        match call.take_if(|call| is_done || call.shared.is_inside()) {
            Some(call) if is_done => Poll::Ready(call.end()),
            Some(_) => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }
}

/// An ingest call under way. If it is cancelled, what it was owed is reported, and its tree goes on without it.
pub(crate) struct IngestCall<'a> {
    shared: &'a Shared,
    index: usize,
    /// Until it is given back.
    tree: Option<Arc<Tree>>,
    /// Its own membership, until its event has entered.
    member: Option<Member>,
    waits: bool,
}

impl IngestCall<'_> {
    #[inline]
    fn tree(&self) -> &Arc<Tree> {
        self.tree.as_ref().expect("it is given back at the end")
    }

    /// Its tree is done.
    fn end(mut self) -> Result<(), IngestError> {
        self.waits = false;
        if self.tree().is_unmarked() {
            SPARE.try_with(|spare| spare.set(self.tree.take())).ok();
            return Ok(());
        }
        let end = self.tree().end();
        match end.error {
            Some(failure) => Err(IngestError::Failed(failure)),
            None if end.cut => Err(IngestError::Cut),
            None => Ok(()),
        }
    }
}

impl Drop for IngestCall<'_> {
    fn drop(&mut self) {
        self.member = None;
        if let Some(tree) = self.tree.as_ref().filter(|_| self.waits) {
            let (failure, held) = tree.abandon();
            if held > 0 {
                self.shared.hold_up_the_door(self.index, held);
            }
            if let Some(failure) = failure {
                self.shared.report(&failure, failure.event());
            }
        }
    }
}

/// The event of a bundle that holds one.
pub(crate) fn back<E: IntoEvent>(mut bundle: Bundle) -> E {
    bundle.pop().and_then(E::from_event).expect("a refused event comes back as it was")
}

/// Why an event from outside is not taken in this phase.
fn refused_in<E>(phase: Phase, event: E) -> Refused<E> {
    match phase {
        Phase::Ready => Refused::NotStarted(event),
        Phase::Starting | Phase::Looping | Phase::Draining | Phase::Stopped => Refused::Stopped(event),
    }
}

/// Calls what is a user's; if it panics, that harms nobody else.
pub(crate) fn quietly<R>(what: &str, call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(panic) => {
            give_up(panic);
            tell(|| tracing::error!(target: "nexus", "{what} panicked"));
            None
        }
    }
}

/// Tells tracing; false if its subscriber panics.
pub(crate) fn tell(tell: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(tell)).map_err(give_up).is_ok()
}

/// Drops what a panic has left. What is left by a panic of that is forgotten, since there is no end to it otherwise.
fn give_up(panic: Box<dyn Any + Send>) {
    if let Err(endless) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(endless);
    }
}

/// Tells tracing, or, where nobody listens, standard error.
pub(crate) fn complain(what: std::fmt::Arguments<'_>) {
    if !tell(|| tracing::error!(target: "nexus", "{what}")) || !tracing::dispatcher::has_been_set() {
        // Not `eprintln!`, which panics where nobody reads.
        writeln!(std::io::stderr(), "nexus: {what}").ok();
    }
}

/// Drops a user's value; a destructor that panics harms nobody else.
pub(crate) fn drop_quietly<T>(value: T) {
    quietly("a destructor", || drop(value));
}
