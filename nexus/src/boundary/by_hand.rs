//! A boundary made by hand, between two nexuses.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;

use super::{Core, Forwarding, Limits, NO_HAND, Target, forward};
use crate::dynamic::{Handler, Outlet, RunsAs, Source};
use crate::error::BoxError;
use crate::nexus::BoundaryLedger;

/// A boundary between two nexuses: a handler in one, a source of the other.
///
/// It forwards events unchanged, one at a time: the next when the tree of the last one is done over there, unless it may be
/// [`ahead`](Limits::ahead). Its handler never waits: see [`capacity`](Limits::capacity). A handler behind it can
/// [`reply`](crate::Queue::reply). Errors over there are told to the hook over there, and never stop it; an event for a nexus
/// that has stopped is told to the hook of that nexus, and dropped. Clones are the same boundary.
///
/// A handler that emits into another nexus by a handle waits at that one's door, as anybody does. Where a boundary leads from that
/// nexus back to the handler's own, both may wait for each other: send both ways through boundaries.
///
/// Between two domains of one nexus, and in the plan: [`#[derive(Boundary)]`](derive@crate::Boundary), or
/// [`Builder::boundary`](crate::Builder::boundary).
///
/// ```
/// use nexus::dynamic::{Boundary, DynamicNexus, Handler};
/// use nexus::{Event, Nexus};
///
/// # nexus::__private::block_on(async {
/// let (front, back) = (DynamicNexus::new(Nexus::empty())?, DynamicNexus::new(Nexus::empty())?);
/// let boundary = Boundary::new("to the back");
/// front.add_handler("question", boundary.handler())?;
/// back.add_source(boundary.source())?;
/// back.add_handler("question", &Handler::new("answer", |event, queue| {
///     Box::pin(async move { Ok(queue.reply(Event::new(2, "answer", 0, "yes"))?) })
/// }))?;
/// let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
/// front.add_handler("answer", &Handler::sync("hear", move |_, _| drop(sender.send(()))))?;
///
/// front.start()?;
/// back.start()?;
/// front.ingest(Event::new(1, "question", 0, "really?")).await?;
/// heard.recv().await;
/// assert_eq!(boundary.account().replies, 1);
/// # Ok::<(), nexus::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Boundary {
    /// Closes the boundary when no sender is left.
    _sender: Arc<Sender>,
    core: Arc<Core>,
    handler: Handler,
    source: Source,
}

impl Boundary {
    /// A boundary in which 50 events may wait.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self::with(name, Limits::default())
    }

    /// The same with other limits.
    pub fn with(name: impl Into<Arc<str>>, limits: Limits) -> Self {
        let name: Arc<str> = name.into();
        let core = Core::new(name.clone(), limits, Vec::new());
        let sender = Arc::new(Sender(core.clone()));
        let handler = Handler::new(name.clone(), {
            let sender = sender.clone();
            move |event, queue| {
                let taken = match queue.hand() {
                    Some(hand) => sender.0.take(event.share(), &hand),
                    None => Err(NO_HAND),
                };
                Box::pin(std::future::ready(taken.map_err(Into::into)))
            }
        });
        let source = Source::runs_as(name, Forwarder(core.clone()));
        Self { _sender: sender, core, handler, source }
    }

    /// The side that takes events: register it with the nexus that they come from, under as many keys as it is to carry.
    pub fn handler(&self) -> &Handler {
        &self.handler
    }

    /// The side that gives events: add it to the nexus that they go to. Added to several, it gives each event to all, in the
    /// order in which it was added.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Refuses events from now on, with [`CallError::BadCall`](crate::dynamic::CallError::BadCall). What waits is still
    /// forwarded. A boundary also closes when the last nexus that it is a source of lets it go, and when neither a sender nor a
    /// clone of this is left.
    pub fn close(&self) {
        self.core.close();
    }

    /// Its account: `taken = delivered + dropped + waiting`.
    pub fn account(&self) -> BoundaryLedger {
        self.core.account()
    }
}

impl fmt::Debug for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Boundary").field(self.core.name()).finish()
    }
}

/// Whoever can still send through a boundary.
struct Sender(Arc<Core>);

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The side that gives events, as a source.
struct Forwarder(Arc<Core>);

impl RunsAs for Forwarder {
    fn start(&self, outlet: Outlet) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move {
            let forwarding = Forwarding::of(&self.0);
            tokio::spawn(async move {
                forward(forwarding).await;
                drop(outlet);
            });
            Ok(())
        })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        self.0.close();
        Box::pin(std::future::ready(Ok(())))
    }

    fn is_running(&self) -> Option<bool> {
        Some(self.0.is_forwarded())
    }

    fn nexus_ended(&self) {
        self.0.look_again();
    }

    fn attached(&self, target: &Target) {
        self.0.attach(target.clone());
    }

    fn detached(&self, target: &Target) {
        self.0.detach(target);
    }
}
