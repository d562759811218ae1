//! What is registered with a domain beside its plan, before it is started or while it runs.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::key::Lookup;
use super::{CallError, EventFactory, Filter, Handler, Key, Source};
use crate::boundary::Target;
use crate::event::EventType;
use crate::nexus::{Handle, Shared, drop_quietly, lock};

/// The registrations of one domain. The dispatcher looks at a number, and takes the table again when it has changed.
#[derive(Default)]
pub(crate) struct Registrations {
    table: Mutex<Arc<Registered>>,
    version: AtomicU64,
    sources: Mutex<Sources>,
}

/// What is called, in the order of registration.
#[derive(Clone, Default)]
pub(crate) struct Registered {
    pub(crate) filters: Vec<Filter>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) lookup: Lookup,
}

#[derive(Default)]
struct Sources {
    list: Vec<Source>,
    /// Those that only send to the nexus.
    attached: Vec<Source>,
    /// The nexus has taken over what is in the list: what is added later is started at once.
    live: bool,
}

impl Registrations {
    /// A number that changes with the table; 0 as long as nothing has been registered.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    pub(crate) fn table(&self) -> (u64, Arc<Registered>) {
        let table = lock(&self.table);
        (self.version(), table.clone())
    }

    pub(crate) fn filter_name(&self, place: usize) -> Option<Arc<str>> {
        lock(&self.table).filters.get(place).map(|filter| filter.shared_name().clone())
    }

    pub(crate) fn handler_name(&self, place: usize) -> Option<Arc<str>> {
        lock(&self.table).handlers.get(place).map(|handler| handler.shared_name().clone())
    }

    /// Whether a handler is registered for just this type.
    pub(crate) fn handles(&self, event_type: &EventType) -> bool {
        !lock(&self.table).lookup.exact(event_type).is_empty()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Registered) -> T) -> T {
        let mut table = lock(&self.table);
        let changed = change(Arc::make_mut(&mut table));
        self.version.fetch_add(1, Ordering::SeqCst);
        changed
    }

    /// The sources that were added before the nexus was started.
    pub(crate) fn take_over(&self) -> Vec<Source> {
        let mut sources = lock(&self.sources);
        sources.live = true;
        sources.list.clone()
    }

    /// Whether there are sources that have neither ended nor been let go.
    pub(crate) fn has_sources(&self) -> bool {
        !lock(&self.sources).list.is_empty()
    }

    /// The nexus has ended: sources that only wait for it learn it.
    pub(crate) fn ended(&self) {
        let sources = lock(&self.sources);
        let all: Vec<Source> = sources.list.iter().chain(&sources.attached).cloned().collect();
        drop(sources);
        all.iter().for_each(Source::nexus_ended);
    }

    /// A source that has ended by itself.
    pub(crate) fn forget(&self, source: &Source) {
        lock(&self.sources).list.retain(|other| !other.is(source));
    }

    /// Closes all sources: producers, the last added first, then converters likewise. Cancelled, the rest stays.
    pub(crate) async fn close_sources(&self, target: &Target) {
        /// Puts a source back that could not be closed to the end.
        struct Closing<'a>(&'a Registrations, Option<Source>);
        impl Drop for Closing<'_> {
            fn drop(&mut self) {
                if let Some(source) = self.1.take() {
                    lock(&self.0.sources).list.push(source);
                }
            }
        }
        while let Some(source) = self.next_to_close() {
            let mut closing = Closing(self, Some(source.clone()));
            source.let_go(target).await;
            closing.1 = None;
        }
    }

    fn next_to_close(&self) -> Option<Source> {
        let mut sources = lock(&self.sources);
        let place =
            sources.list.iter().rposition(Source::is_producer).or(sources.list.len().checked_sub(1))?;
        Some(sources.list.remove(place))
    }
}

/// What can be registered with a domain besides what its plan declares: handlers and filters of dynamic events, and sources. It
/// counts from the next event; sources are started at once, if the nexus is running.
///
/// [`Handle::overlay`] gives it. It keeps the nexus from ending by itself, as a handle does. What is registered here is shown
/// in no graph: its domain is open. The plan's handlers and filters come first, then those from here, in the order of
/// registration.
#[derive(Clone)]
pub struct Overlay {
    handle: Handle,
}

impl Overlay {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.handle.door.shared
    }

    pub(crate) fn registrations(&self) -> &Registrations {
        &self.shared().domains[self.handle.door.domain].registrations
    }

    /// Changes what is called, from the next event on.
    fn change<T>(&self, change: impl FnOnce(&mut Registered) -> T) -> T {
        let domain = &self.shared().domains[self.handle.door.domain];
        domain.meta.store(true, Ordering::Relaxed);
        let changed = domain.registrations.change(change);
        domain.look_again();
        changed
    }

    fn target(&self) -> Target {
        Target::of(self.shared(), self.handle.door.domain)
    }

    /// Registers a handler under a key.
    ///
    /// # Errors
    ///
    /// [`CallError::DuplicateHandler`], if the event is exclusive, or unless several handlers may share an event
    /// ([`Builder::multiple`](crate::Builder::multiple)): another one, of the plan or registered, is for the same type, a range
    /// that overlaps, or a mask that has a bit in common. [`CallError::InvalidKey`], if the key is no mask in bit mode, or is
    /// one elsewhere.
    pub fn add_handler(&self, key: impl Into<Key>, handler: &Handler) -> Result<(), CallError> {
        let domain = &self.shared().domains[self.handle.door.domain];
        let key: Key = key.into();
        let Some(key) = key.clone().checked(domain.bits) else { return Err(CallError::InvalidKey(key)) };
        self.change(|table| {
            let exclusive = matches!(&key, Key::Type(event_type) if domain.exclusive.contains(event_type));
            if exclusive || !self.shared().multiple {
                let planned = domain.planned.duplicate_of(&key).map(|place| domain.names[place].to_string());
                let registered =
                    || table.lookup.duplicate_of(&key).map(|place| table.handlers[place].name().to_owned());
                if let Some(first) = planned.or_else(registered) {
                    return Err(CallError::DuplicateHandler {
                        key,
                        handler: handler.name().to_owned(),
                        first,
                    });
                }
            }
            table.lookup.insert(key, table.handlers.len());
            table.handlers.push(handler.clone());
            Ok(())
        })
    }

    /// Registers a filter.
    pub fn add_filter(&self, filter: &Filter) {
        self.change(|table| table.filters.push(filter.clone()));
    }

    /// Adds a source, which the nexus starts and closes. Added twice, it counts once. A nexus that is running starts it in the
    /// background; if that fails, the failure is reported, and ends the run under [`Policy::Fail`](crate::Policy::Fail). One that
    /// is added before the nexus has begun to start its sources is started with them, and if it does not start, the run ends,
    /// whatever the policy. A nexus that drains or has stopped never starts it.
    ///
    /// # Errors
    ///
    /// [`CallError::BadCall`], if another nexus asks this converter.
    pub fn add_source(&self, source: &Source) -> Result<(), CallError> {
        let mut sources = lock(&self.registrations().sources);
        if sources.list.iter().any(|other| other.is(source)) {
            return Ok(());
        }
        let target = self.target();
        source.attach(&target, true)?;
        sources.list.push(source.clone());
        let live = sources.live;
        drop(sources);
        if live {
            Shared::begin(self.shared(), self.handle.door.domain, source.clone());
        }
        Ok(())
    }

    /// Lets a producer send to this nexus, which neither starts nor closes it.
    ///
    /// # Errors
    ///
    /// [`CallError::BadCall`], if it is a converter.
    pub fn attach(&self, source: &Source) -> Result<(), CallError> {
        source.attach(&self.target(), false)?;
        let mut sources = lock(&self.registrations().sources);
        if !sources.attached.iter().any(|other| other.is(source)) {
            sources.attached.push(source.clone());
        }
        Ok(())
    }

    /// Takes a source away from this nexus without closing it: one that was attached sends to it no more, one that was added is
    /// neither asked nor closed by it any more. One that is neither is left alone.
    pub fn detach(&self, source: &Source) {
        let mut sources = lock(&self.registrations().sources);
        sources.list.retain(|other| !other.is(source));
        sources.attached.retain(|other| !other.is(source));
        drop(sources);
        source.detach(&self.target());
    }

    /// The ids of this domain.
    pub fn factory(&self) -> &EventFactory {
        self.shared().domains[self.handle.door.domain].factory.to_share()
    }

    /// Stops the nexus if it runs; forgets all handlers and filters that are registered here; lets all sources go that were
    /// added here: producers, the last added first, then converters likewise. A source that no other nexus has is closed;
    /// errors of that are traced. It does not wait for the event in hand. What is only attached stays so.
    ///
    /// What the plan declares stays.
    ///
    /// # Cancel safety
    ///
    /// Sources that have not been let go stay; call it again.
    pub async fn cleanup(&self) {
        self.handle.stop().ok();
        drop_quietly(self.change(std::mem::take));
        self.registrations().close_sources(&self.target()).await;
    }
}

impl Deref for Overlay {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay").field("state", &self.handle.state()).finish_non_exhaustive()
    }
}
