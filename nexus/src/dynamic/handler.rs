//! Handlers and filters that can be registered while a nexus runs, and shared.

use std::fmt;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;

use crate::consume::{Call, Ended, Give, Outcome, Verdict, VerdictOutcome};
use crate::error::BoxError;
use crate::event::{Event, IntoEvent};
use crate::nexus::Queue;

/// What a registered handler does; see [`Handler::object`].
pub trait Consumer: Send + Sync + 'static {
    /// Handles one event. Several nexuses may call it at once.
    fn handle<'a>(
        &'a self,
        event: &'a Event,
        queue: &'a mut Queue<Event>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send + 'a;
}

type Run<T> =
    dyn for<'a> Fn(&'a Event, &'a mut Queue<Event>) -> BoxFuture<'a, Result<T, BoxError>> + Send + Sync;

/// A handler that can be registered while a nexus runs, under several keys, with several nexuses and fan-outs. Clones are
/// the same handler.
///
/// Events that it emits are dynamic, or wrapped with [`Event::of`]; the graph shows it as open.
#[derive(Clone)]
pub struct Handler {
    name: Arc<str>,
    run: Arc<Run<()>>,
}

impl Handler {
    /// A closure that returns a boxed future: `|event, queue| Box::pin(async move { … })`.
    pub fn new<F>(name: impl Into<Arc<str>>, handler: F) -> Self
    where
        F: for<'a> Fn(&'a Event, &'a mut Queue<Event>) -> BoxFuture<'a, Result<(), BoxError>>
            + Send
            + Sync
            + 'static,
    {
        Self { name: name.into(), run: Arc::new(handler) }
    }

    /// A plain closure; what it returns is emitted.
    pub fn sync<R: Outcome>(
        name: impl Into<Arc<str>>,
        handler: impl Fn(&Event, &mut Queue<Event>) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move |event, queue| {
            let outcome = handler(event, queue);
            let given = outcome.give(&mut Emit(queue));
            std::future::ready(given).boxed()
        })
    }

    /// An object.
    pub fn object<H: Consumer>(name: impl Into<Arc<str>>, handler: H) -> Self {
        let handler = Arc::new(handler);
        Self::new(name, move |event, queue| {
            let handler = handler.clone();
            Box::pin(async move { handler.handle(event, queue).await })
        })
    }

    /// Takes events and does nothing with them.
    pub fn discarder(name: impl Into<Arc<str>>) -> Self {
        Self::sync(name, |_, _| ())
    }

    /// Its name, in ledgers and messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether both are the same handler.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.run, &other.run)
    }

    /// Calls it.
    pub(crate) fn call<'a>(
        &self,
        event: &'a Event,
        queue: &'a mut Queue<Event>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        (self.run)(event, queue)
    }
}

/// Emits what a plain closure returns.
struct Emit<'a>(&'a mut Queue<Event>);

impl Give for Emit<'_> {
    fn give<E: IntoEvent>(&mut self, event: E) {
        self.0.push(event);
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handler").field(&self.name).finish()
    }
}

/// A filter that can be registered while a nexus runs, also with several. Clones are the same filter.
#[derive(Clone)]
pub struct Filter {
    name: Arc<str>,
    run: Arc<Run<Verdict>>,
}

impl Filter {
    /// A closure that returns a boxed future of its verdict.
    pub fn new<F>(name: impl Into<Arc<str>>, filter: F) -> Self
    where
        F: for<'a> Fn(&'a Event, &'a mut Queue<Event>) -> BoxFuture<'a, Result<Verdict, BoxError>>
            + Send
            + Sync
            + 'static,
    {
        Self { name: name.into(), run: Arc::new(filter) }
    }

    /// A plain closure.
    pub fn sync<R: VerdictOutcome>(
        name: impl Into<Arc<str>>,
        filter: impl Fn(&Event, &mut Queue<Event>) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, move |event, queue| std::future::ready(filter(event, queue).verdict()).boxed())
    }

    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.name).finish()
    }
}

/// Calls what has been registered, as the dispatcher does.
async fn invoke<T>(run: Arc<Run<T>>, call: Call<'_>) -> Ended<T> {
    let (event, context) = call.split();
    run(event.record(), &mut context.queue()).await
}

impl Handler {
    pub(crate) fn invoke<'a>(&self, call: Call<'a>) -> impl Future<Output = Ended<()>> + Send + use<'a> {
        invoke(self.run.clone(), call)
    }
}

impl Filter {
    pub(crate) fn invoke<'a>(&self, call: Call<'a>) -> impl Future<Output = Ended<Verdict>> + Send + use<'a> {
        invoke(self.run.clone(), call)
    }
}
