//! The task that runs a nexus: starts sources and dispatchers, waits for these, and ends what is left.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::runtime;
use tokio::task::JoinSet;

use super::builder::PlannedSource;
use super::dispatch::Dispatcher;
use super::emitter::Door;
use super::life::Phase;
use super::shared::{Over, Shared};
use super::{Watched, handle, lock};
use crate::boundary::{self, Forwarding, Target};
use crate::dynamic::Source;
use crate::error::{Cause, Failure, panic_message};
use crate::source::{self, SourceContext, SourceRun};

/// Whether this runtime can sleep. Tokio tells it only by a panic.
pub(crate) fn has_clock() -> bool {
    std::panic::catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok()
}

/// Starts the sources and the dispatchers, waits for these, and ends what is left.
///
/// Sources that have been added beside the plan are started first, all at once; meanwhile the nexus is STARTING, and events are
/// handled. Where there are none, no handler runs before the nexus is looping, so that each may end it.
pub(super) async fn supervise(
    over: Arc<Over>,
    dispatchers: Vec<Dispatcher>,
    sources: Vec<(Door, PlannedSource)>,
    drain_deadline: Option<Duration>,
) {
    let shared = over.0.clone();
    let runtime = runtime::Handle::current();
    // Each has a hold, so that the nexus can't end before it is asked.
    let added: Vec<(Door, Source)> = (0..shared.domains.len())
        .flat_map(|domain| {
            let sources = shared.domains[domain].registrations.take_over();
            sources.into_iter().map(move |source| (domain, source))
        })
        .map(|(domain, source)| (Door::new(shared.clone(), domain), source))
        .collect();
    if added.is_empty() {
        looping(&shared);
    }
    if let Some(deadline) = drain_deadline {
        lock(&shared.tasks).spawn(handle::enforce_deadline(shared.clone(), deadline));
    }
    for boundary in &shared.boundaries {
        lock(&shared.tasks).spawn(boundary::forward(Forwarding::of(&boundary.core)));
    }
    let mut running = JoinSet::new();
    let mut dispatchers = dispatchers.into_iter();
    if !added.is_empty() {
        for dispatcher in dispatchers.by_ref() {
            lock(&shared.cuts).push(running.spawn(dispatcher));
        }
        start_added(&shared, &added).await;
        looping(&shared);
        for (door, source) in added {
            let domain = door.domain;
            shared.run_source(Shared::ask(shared.clone(), domain, source, door), &runtime);
        }
    }
    for (door, source) in sources {
        start_source(door, source, &runtime);
    }
    for dispatcher in dispatchers {
        lock(&shared.cuts).push(running.spawn(dispatcher));
    }
    shared.cut_if_aborting();
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended
            && let Ok(panic) = error.try_into_panic()
        {
            // No handler's panic gets here; a run that ended by one of our own must not look well.
            let cause = Cause::Panic(panic_message(&*panic));
            lock(&shared.failed).get_or_insert(Failure::of_source("the dispatcher".to_owned(), cause));
        }
    }
    let closing = lock(&shared.closing).take();
    if let Some(closing) = closing {
        let cut = closing.abort_handle();
        let stopped = std::pin::pin!(shared.reached(Phase::Stopped));
        if let Either::Right(_) = select(closing, stopped).await {
            // A stop waits for nothing.
            cut.abort();
        }
    }
    shared.announce(Phase::Stopped);
    let mut tasks = std::mem::take(&mut *lock(&shared.tasks));
    tasks.shutdown().await;
    drop(over);
}

fn looping(shared: &Shared) {
    if shared.life.go(&[Phase::Starting], Phase::Looping).is_ok() {
        shared.announce(Phase::Looping);
    }
}

/// Starts the sources that were added beside the plan. If one does not start, the run ends with its error.
async fn start_added(shared: &Arc<Shared>, added: &[(Door, Source)]) {
    let start = |(door, source): &(Door, Source)| {
        let (domain, source, target) = (door.domain, source.clone(), Target::of(shared, door.domain));
        async move { source.start_for(&target).await.map_err(|failure| (domain, failure)) }.boxed()
    };
    let mut starts: Vec<_> = added.iter().map(start).collect();
    let starts = poll_fn(|cx| {
        let mut failed = None;
        // Each begins, also behind one that fails at once.
        starts.retain_mut(|start| match start.poll_unpin(cx) {
            Poll::Pending => true,
            Poll::Ready(Ok(())) => false,
            Poll::Ready(Err(failure)) => {
                failed.get_or_insert(failure);
                false
            }
        });
        match failed {
            Some(failure) => Poll::Ready(Err(failure)),
            None if starts.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    });
    let starts = std::pin::pin!(starts);
    let stopped = std::pin::pin!(shared.reached(Phase::Stopped));
    if let Either::Left((Err((domain, failure)), _)) = select(starts, stopped).await {
        shared.source_failed(domain, &failure, true);
    }
}

fn start_source(door: Door, source: PlannedSource, runtime: &runtime::Handle) {
    let PlannedSource { name, domain, kind, run, states } = source;
    let shared = door.shared.clone();
    if shared.is_ending() {
        return;
    }
    let hold = (door, Watched::source(&shared, &name));
    let context = SourceContext::new(shared.clone(), domain, name, kind, states);
    match run {
        SourceRun::Task(run) => {
            let task = async move {
                source::drive_task(run, context).await;
                drop(hold);
            };
            shared.run_source(task, runtime);
        }
        SourceRun::Thread(run) => source::drive_thread(run, context, hold),
    }
}
