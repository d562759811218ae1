//! What the dispatchers, the sources and all handles of one nexus share.

use std::any::TypeId;
use std::collections::HashSet;
use std::future::poll_fn;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::task::Poll;

use tokio::runtime;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use super::intake::{Admission, Answers, Intake, Left, Origins};
use super::ledger::{DomainLedger, Ledger, SourceFailure};
use super::life::{Life, Phase, State};
use super::policy::{DeadLetter, Policy};
use super::refused::Refused;
use super::tree::Tree;
use super::{Door, Origin, current, lock};
use crate::boundary::{Core as Boundary, Target, Unanswered, Way};
use crate::dynamic::{CallError, Lookup, Registrations, Source, is_one_bit};
use crate::error::{Failure, IngestError, StateError};
use crate::event::{Event, EventFactory, EventType, Meta, NamedEvent};
use crate::source::{self, SourceContext, SourceKind};

/// Called with each reported failure, and the event that failed if it belongs to one.
pub(crate) type Hook = Box<dyn Fn(&Failure, Option<&Event>) + Send + Sync>;

pub(crate) struct Shared {
    pub(crate) life: Life,
    pub(crate) policy: Policy,
    /// Whether several handlers may share an event.
    pub(crate) multiple: bool,
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
    /// What has been registered beside the plan.
    pub(crate) registrations: Registrations,
    /// Gives ids.
    pub(crate) factory: EventFactory,
    /// The boundaries in which events of this domain hold somebody up.
    pub(crate) held_by: Mutex<Vec<Weak<Boundary>>>,
    /// The sources that have failed.
    pub(crate) source_failures: Mutex<Vec<SourceFailure>>,
    pub(crate) intake: Mutex<Intake>,
    /// Counts the events that have been settled: a queue is good for one turn.
    pub(crate) turn: AtomicU64,
    /// Tells the dispatcher to look again.
    pub(crate) wake: Notify,
}

/// What is being polled here.
enum Inside {
    /// An event of the domain that is put into.
    Here(Hand),
    /// An event of another domain of this nexus.
    Elsewhere,
}

/// How an offered event fared.
enum Offer {
    Entered,
    Line(u64, oneshot::Receiver<Admission>),
}

impl Shared {
    pub(crate) fn state(&self) -> State {
        self.life.state()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        let snapshot = |domain: &Domain| {
            let source_failures = lock(&domain.source_failures).clone();
            DomainLedger { source_failures, ..lock(&domain.intake).snapshot(domain.name) }
        };
        Ledger {
            domains: self.domains.iter().map(snapshot).collect(),
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
        self.life.phase() >= Phase::Draining
    }

    pub(crate) fn wake_all(&self) {
        for domain in &self.domains {
            domain.wake.notify_one();
        }
    }

    /// Gives up a source's or a handle's hold on the nexus.
    pub(crate) fn release(&self) {
        if self.life.release() {
            self.wake_all();
        }
    }

    /// A domain has nothing pending any more.
    pub(crate) fn idle(&self) {
        if self.life.idle() {
            self.wake_all();
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
            tracing::debug!(target: "nexus", "stopping");
            self.refuse_doors(false);
            self.end_sources();
            self.wake_all();
        }
        Ok(())
    }

    pub(crate) fn drain(self: &Arc<Self>) -> Result<(), StateError> {
        self.life.drain()?;
        tracing::debug!(target: "nexus", "draining");
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
            let refused = lock(&domain.intake).refuse_the_door(|origins| draining || origins.tree.is_none());
            send_away(refused, if draining { Refused::Stopped } else { Refused::Cut });
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
        self.stop().is_ok()
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
        let heard = self.hook.as_ref().is_some_and(|hook| {
            let told = catch_unwind(AssertUnwindSafe(|| hook(failure, event)));
            if told.is_err() {
                tracing::error!(target: "nexus", "the error hook panicked");
            }
            told.is_ok()
        });
        if heard {
            tracing::error!(target: "nexus", "{failure}");
        } else {
            complain(format_args!("{failure}"));
        }
    }

    /// Puts in what an event in hand emits: at once, whatever waits.
    pub(crate) fn put_inside(&self, domain: usize, event: Event, origins: &Origins) {
        let domain = &self.domains[domain];
        let mut intake = lock(&domain.intake);
        if self.life.phase() == Phase::Stopped {
            let dropped = intake.put_dropped(event, origins);
            drop(intake);
            return drop_quietly(dropped);
        }
        self.accept(domain, intake, |intake| intake.put(event, origins.clone()));
    }

    /// Lets events in, and wakes the dispatcher if it has nothing else to do.
    fn accept<T>(
        &self,
        domain: &Domain,
        mut intake: MutexGuard<'_, Intake>,
        put: impl FnOnce(&mut Intake) -> T,
    ) -> T {
        let was_idle = intake.is_idle();
        let done = put(&mut intake);
        if was_idle && !intake.is_idle() {
            self.life.busy();
            drop(intake);
            domain.wake.notify_one();
        }
        done
    }

    /// Puts in what is not made to wait: a reply, or what a boundary brings in a drain. It comes back if the nexus does not run.
    /// `count` is called before anybody can see it.
    pub(crate) fn put_at_once(
        &self,
        index: usize,
        event: Event,
        origins: Origins,
        count: impl FnOnce(),
    ) -> Result<(), Event> {
        let domain = &self.domains[index];
        let intake = lock(&domain.intake);
        match self.life.phase() {
            Phase::Starting | Phase::Looping | Phase::Draining => {
                count();
                self.accept(domain, intake, |intake| intake.put(event, origins));
                Ok(())
            }
            Phase::Ready | Phase::Stopped => Err(event),
        }
    }

    /// Puts in what a boundary of the plan brings: as from outside, but also while the nexus drains, for which nobody is made to
    /// wait.
    pub(crate) async fn bring(&self, index: usize, event: Event, origins: Origins) -> Result<(), Refused> {
        match self.enter(index, event, origins.clone()).await {
            Err(Refused::Stopped(event)) => {
                self.put_at_once(index, event, origins, || ()).map_err(Refused::Stopped)
            }
            brought => brought,
        }
    }

    /// So many events that nobody waits for begin to wait too far back in a boundary.
    pub(crate) fn hold_up_the_door(&self, index: usize, events: usize) {
        lock(&self.domains[index].intake).hold_up(events);
    }

    /// It has moved up.
    pub(crate) fn release_the_door(&self, index: usize) {
        let domain = &self.domains[index];
        let intake = lock(&domain.intake);
        answer(self.accept(domain, intake, Intake::release));
    }

    /// Remembers a boundary in which events of this domain hold somebody up.
    pub(crate) fn note_boundary(&self, index: usize, boundary: &Arc<Boundary>) {
        let mut known = lock(&self.domains[index].held_by);
        known.retain(|known| known.strong_count() > 0);
        if !known.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(boundary))) {
            known.push(Arc::downgrade(boundary));
        }
    }

    fn offer(&self, index: usize, event: Event, origins: Origins, line: bool) -> Result<Offer, Refused> {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        match self.life.phase() {
            Phase::Ready => return Err(Refused::NotStarted(event)),
            Phase::Draining | Phase::Stopped => return Err(Refused::Stopped(event)),
            Phase::Starting | Phase::Looping => {}
        }
        if domain.bits && !is_one_bit(&event) {
            return Err(Refused::InvalidType(event));
        }
        if intake.is_full(&origins) {
            if !line {
                return Err(Refused::Full(event));
            }
            let (ticket, admitted) = intake.wait_at_the_door(event, origins);
            return Ok(Offer::Line(ticket, admitted));
        }
        self.accept(domain, intake, |intake| intake.put(event, origins));
        Ok(Offer::Entered)
    }

    /// Where an event that is put into this domain comes from, if an event that this nexus has in hand is being polled here.
    fn inside(&self, index: usize) -> Option<Inside> {
        let hand = current::hand_of(self)?;
        Some(if hand.domain == index { Inside::Here(hand) } else { Inside::Elsewhere })
    }

    /// Puts in what comes from inside: at once.
    fn put_from(&self, index: usize, event: Event, inside: Inside) {
        match inside {
            Inside::Here(hand) => hand.put(event),
            Inside::Elsewhere => self.put_inside(index, event, &Origins::default()),
        }
    }

    /// Takes an event out of the line again, if it still stands there.
    fn leave_the_door(&self, index: usize, ticket: u64) -> Option<Event> {
        // The other half of the answer is dropped when the lock is released, since it may wake somebody.
        let left = lock(&self.domains[index].intake).leave_the_door(ticket);
        left.map(|(event, _)| event)
    }

    /// Waits for a future that began outside; should a handler of this nexus poll it, it need not wait any longer.
    async fn unless_inside<F: Future>(
        &self,
        index: usize,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Inside> {
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.inside(index).map_or(Poll::Pending, |inside| Poll::Ready(Err(inside))),
        })
        .await
    }

    /// Puts an event in, waiting for room. Cancelled at the door, the event never enters.
    pub(crate) async fn enter(&self, index: usize, event: Event, origins: Origins) -> Result<(), Refused> {
        if let Some(inside) = self.inside(index) {
            self.put_from(index, event, inside);
            return Ok(());
        }
        // A source that is never made to wait must still let others run.
        tokio::task::consume_budget().await;
        match self.offer(index, event, origins, true)? {
            Offer::Entered => Ok(()),
            Offer::Line(ticket, mut admitted) => {
                let mut place = Place { shared: self, index, ticket: Some(ticket) };
                let admission = self.unless_inside(index, Pin::new(&mut admitted)).await;
                place.ticket = None;
                let inside = match admission {
                    Ok(admission) => return admitted_or_back(admission),
                    Err(inside) => inside,
                };
                match self.leave_the_door(index, ticket) {
                    Some(event) => {
                        self.put_from(index, event, inside);
                        Ok(())
                    }
                    // It has left the line already: the answer is there, or on its way.
                    None => admitted_or_back(admitted.await),
                }
            }
        }
    }

    pub(crate) fn try_emit(&self, index: usize, event: Event) -> Result<(), Refused> {
        if let Some(inside) = self.inside(index) {
            self.put_from(index, event, inside);
            return Ok(());
        }
        self.offer(index, event, Origins::default(), false).map(|_| ())
    }

    pub(crate) fn emit_blocking(&self, index: usize, event: Event) -> Result<(), Refused> {
        if let Some(inside) = self.inside(index) {
            self.put_from(index, event, inside);
            return Ok(());
        }
        match self.offer(index, event, Origins::default(), true)? {
            Offer::Entered => Ok(()),
            Offer::Line(ticket, admitted) => {
                // Where it may not block, this panics, and the event must not enter.
                let mut place = Place { shared: self, index, ticket: Some(ticket) };
                let admission = admitted.blocking_recv();
                place.ticket = None;
                admitted_or_back(admission)
            }
        }
    }

    /// Puts an event in and waits until its tree is done. Inside a handler of this nexus it only puts it in.
    pub(crate) async fn ingest(&self, index: usize, event: Event) -> Result<(), IngestError> {
        if let Some(inside) = self.inside(index) {
            if self.life.phase() == Phase::Stopped {
                return Err(IngestError::Stopped);
            }
            if self.domains[index].bits && !is_one_bit(&event) {
                return Err(Refused::InvalidType(event).as_ingest_error());
            }
            self.put_from(index, event, inside);
            return Ok(());
        }
        let mut call =
            IngestCall { shared: self, index, tree: Tree::new(Origin::Call), held: true, waits: true };
        let origins = Origins { tree: Some(call.tree.clone()), ..Origins::default() };
        self.enter(index, event, origins).await.map_err(|refused| refused.as_ingest_error())?;
        call.let_go();
        let tree = call.tree.clone();
        let Ok(end) = self.unless_inside(index, pin!(tree.done())).await else { return Ok(()) };
        call.waits = false;
        match end.error {
            Some(failure) => Err(IngestError::Failed(failure)),
            None if end.cut => Err(IngestError::Cut),
            None => Ok(()),
        }
    }

    /// Closes a domain, and answers everybody who waits for it.
    pub(crate) fn close(&self, index: usize) {
        let domain = &self.domains[index];
        let mut intake = lock(&domain.intake);
        let was_busy = !intake.is_idle();
        let Left { waiting, cut, door } = intake.close();
        drop(intake);
        let gone: Vec<Arc<Tree>> =
            waiting.iter().map(|queued| &queued.origins).chain(&cut).filter_map(|o| o.tree.clone()).collect();
        for queued in waiting {
            drop_quietly(queued.event);
        }
        for tree in &gone {
            tree.cut();
            tree.leave();
        }
        send_away(door, Refused::Cut);
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

/// A place in the line at the door: given up when the call is cancelled.
struct Place<'a> {
    shared: &'a Shared,
    index: usize,
    ticket: Option<u64>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            drop_quietly(self.shared.leave_the_door(self.index, ticket));
        }
    }
}

/// An ingest call under way. If it is cancelled, what it was owed is reported, and its tree goes on without it.
struct IngestCall<'a> {
    shared: &'a Shared,
    index: usize,
    tree: Arc<Tree>,
    held: bool,
    waits: bool,
}

impl IngestCall<'_> {
    fn let_go(&mut self) {
        if std::mem::take(&mut self.held) {
            self.tree.leave();
        }
    }
}

impl Drop for IngestCall<'_> {
    fn drop(&mut self) {
        self.let_go();
        if self.waits {
            let (failure, held) = self.tree.abandon();
            if held > 0 {
                self.shared.hold_up_the_door(self.index, held);
            }
            if let Some(failure) = failure {
                self.shared.report(&failure, failure.event());
            }
        }
    }
}

fn admitted_or_back(admission: Result<Admission, oneshot::error::RecvError>) -> Result<(), Refused> {
    match admission {
        Ok(Err(refused)) => Err(refused),
        // The sender answers before it goes; a dropped one would have taken the event with it.
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}

/// Gives those who wait at the door their events back.
fn send_away(door: Vec<(Event, oneshot::Sender<Admission>)>, refused: fn(Event) -> Refused) {
    answer(door.into_iter().map(|(event, admission)| (admission, Err(refused(event)))).collect());
}

/// Answers those who waited at the door. Whoever waited may have gone; an event that is in is in all the same.
pub(crate) fn answer(answers: Answers) {
    for (admission, answer) in answers {
        if let Err(Err(refused)) = admission.send(answer) {
            drop_quietly(refused.into_event());
        }
    }
}

/// Tells tracing, or, where nobody listens, standard error.
pub(crate) fn complain(what: std::fmt::Arguments<'_>) {
    tracing::error!(target: "nexus", "{what}");
    if !tracing::dispatcher::has_been_set() {
        // Not `eprintln!`, which panics where nobody reads.
        writeln!(std::io::stderr(), "nexus: {what}").ok();
    }
}

/// Drops a user's value; a destructor that panics harms nobody else.
pub(crate) fn drop_quietly<T>(value: T) {
    if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err() {
        tracing::error!(target: "nexus", "a destructor panicked");
    }
}

/// The event that a domain has in hand, as its filters and handlers see it.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) shared: Arc<Shared>,
    pub(crate) domain: usize,
    pub(crate) meta: Meta,
    pub(crate) tree: Option<Arc<Tree>>,
    /// The way back, if it came through a boundary.
    pub(crate) way: Option<Way>,
    /// The number of the turn in which it is in hand.
    pub(crate) turn: u64,
}

impl Hand {
    pub(crate) fn is_of(&self, shared: &Shared) -> bool {
        std::ptr::eq(&raw const *self.shared, shared)
    }

    /// Where a secondary event of this one comes from.
    pub(crate) fn secondary(&self) -> Origins {
        Origins { tree: self.tree.clone(), cause: Some(self.meta.id()), way: self.way.clone() }
    }

    /// Emits a secondary event. One that the boundary brings back by itself goes back.
    pub(crate) fn put(&self, event: Event) {
        if !self.is_now() {
            // A queue that was taken out of its call is no way past the door.
            tracing::error!(target: "nexus", event_type = %event.event_type(), "a queue was used after its call: the event is dropped");
            return self.put_dropped(event);
        }
        match &self.way {
            Some(way) if way.brings_back(event.event_type()) => {
                if let Err(unanswered) = way.reply(event, self.meta.id()) {
                    self.put_dropped(unanswered.event);
                }
            }
            _ => self.shared.put_inside(self.domain, event, &self.secondary()),
        }
    }

    /// Whether the event is still in hand.
    fn is_now(&self) -> bool {
        self.shared.domains[self.domain].turn.load(Ordering::SeqCst) == self.turn
    }

    fn put_dropped(&self, event: Event) {
        let dropped = lock(&self.shared.domains[self.domain].intake).put_dropped(event, &Origins::default());
        drop_quietly(dropped);
    }

    /// Replies to the event in hand, through the boundary that it came by.
    pub(crate) fn reply(&self, event: Event) -> Result<(), CallError> {
        let answered = match &self.way {
            _ if !self.is_now() => Err(Unanswered { why: "the queue was used after its call", event }),
            Some(way) => way.reply(event, self.meta.id()),
            None => {
                let why = "the event in hand came through no boundary, so there is no way back";
                Err(Unanswered { why, event })
            }
        };
        answered.map_err(|unanswered| {
            drop_quietly(unanswered.event);
            CallError::BadCall(unanswered.why)
        })
    }

    /// Emits the dead letter of this event, if somebody handles dead letters, here or where it came from.
    pub(crate) fn put_dead_letter(&self, letter: DeadLetter) {
        let letters = EventType::named(DeadLetter::NAME);
        let domain = &self.shared.domains[self.domain];
        let goes_back = || self.way.as_ref().is_some_and(|way| way.brings_back(&letters));
        if domain.dead_letters || domain.registrations.handles(&letters) || goes_back() {
            self.put(Event::of(letter));
        }
    }
}
