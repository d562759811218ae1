//! What a test waits for: that nothing is pending, and that nobody is left who could emit, but timers that sleep and the test.
//!
//! A timer that sleeps does nothing until its time has come: then it is awake until its tick's tree is done, even if
//! nobody has polled it yet.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::lock;
use super::shared::Shared;

/// What is known of the sources of a nexus under test, and the news that something has happened or has come to rest.
pub(crate) struct Calm {
    state: Mutex<CalmState>,
    news: Notify,
}

#[derive(Default)]
struct CalmState {
    /// Timers that do not sleep, or have not begun yet.
    awake: usize,
    /// When each of the others wakes.
    asleep: Vec<Instant>,
    /// How many handles the test has itself.
    own: u64,
    /// The sources of the plan that have begun and have not ended.
    sources: Vec<Arc<str>>,
    /// How often something of this has changed.
    changes: u64,
}

impl Calm {
    /// That of a nexus with so many timers.
    pub(crate) fn of(timers: usize) -> Self {
        Self { state: Mutex::new(CalmState { awake: timers, ..CalmState::default() }), news: Notify::new() }
    }

    /// What happens from now on ends the wait for it.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    pub(crate) fn changed(&self) {
        self.news.notify_waiters();
    }

    fn change(&self, change: impl FnOnce(&mut CalmState)) {
        let mut state = lock(&self.state);
        change(&mut state);
        state.changes += 1;
        drop(state);
        self.changed();
    }

    /// The test has one more handle, or one less.
    pub(crate) fn own(&self, more: bool) {
        self.change(|state| state.own = if more { state.own + 1 } else { state.own - 1 });
    }

    /// How often it has changed, and how many timers sleep and handles are the test's own; `None` if a timer is awake, or has to wake now.
    fn look(&self) -> Option<(u64, u64)> {
        let state = lock(&self.state);
        let now = Instant::now();
        let asleep = state.awake == 0 && state.asleep.iter().all(|wakes| *wakes > now);
        asleep.then_some((state.changes, state.asleep.len() as u64 + state.own))
    }
}

impl Shared {
    /// Whether nothing is pending, and every timer sleeps; and if so, whether nobody but these and the test holds the nexus.
    pub(crate) fn is_calm(&self, calm: &Calm) -> Option<bool> {
        let (changes, expected) = calm.look()?;
        let (holders, busy) = self.life.census();
        // Between the two looks a timer may have woken, or ended: then they are not of one moment.
        let same = lock(&calm.state).changes == changes;
        (busy == 0 && same).then_some(holders == expected)
    }

    /// The sources that have not ended, and how many emitters and handles others have.
    pub(crate) fn left(&self, calm: &Calm) -> (Vec<Arc<str>>, u64) {
        let (holders, _) = self.life.census();
        let state = lock(&calm.state);
        let sources = state.sources.clone();
        (sources, holders.saturating_sub(state.own + state.sources.len() as u64))
    }
}

/// A source of a nexus under test.
pub(crate) struct Watched {
    shared: Weak<Shared>,
    name: Option<Arc<str>>,
    is_timer: bool,
}

impl Watched {
    /// One of the plan, by its name, as long as it runs.
    pub(crate) fn source(shared: &Arc<Shared>, name: &Arc<str>) -> Option<Self> {
        let calm = shared.calm.as_ref()?;
        calm.change(|state| state.sources.push(name.clone()));
        Some(Self { shared: Arc::downgrade(shared), name: Some(name.clone()), is_timer: false })
    }

    /// A timer of the plan, which is counted from the beginning.
    pub(crate) fn timer(shared: &Arc<Shared>) -> Option<Self> {
        shared.calm.as_ref()?;
        Some(Self { shared: Arc::downgrade(shared), name: None, is_timer: true })
    }

    /// A timer that was added while the nexus ran, until its tick is done.
    pub(crate) fn added_timer(shared: &Arc<Shared>) -> Option<Self> {
        let calm = shared.calm.as_ref()?;
        calm.change(|state| state.awake += 1);
        Self::timer(shared)
    }

    fn change(&self, change: impl FnOnce(&mut CalmState)) {
        if let Some(shared) = self.shared.upgrade()
            && let Some(calm) = &shared.calm
        {
            calm.change(change);
        }
    }

    /// A timer sleeps for so long from now, unless the guard is dropped before.
    pub(crate) fn asleep(&self, period: Duration) -> impl Drop {
        struct Asleep<'a>(&'a Watched, Instant);
        impl Drop for Asleep<'_> {
            fn drop(&mut self) {
                self.0.change(|state| {
                    if let Some(place) = state.asleep.iter().position(|wakes| *wakes == self.1) {
                        state.asleep.swap_remove(place);
                    }
                    state.awake += 1;
                });
            }
        }
        let wakes = Instant::now() + period;
        self.change(|state| {
            state.awake -= 1;
            state.asleep.push(wakes);
        });
        Asleep(self, wakes)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.change(|state| {
            state.awake -= usize::from(self.is_timer);
            if let Some(name) = &self.name
                && let Some(place) = state.sources.iter().position(|other| Arc::ptr_eq(other, name))
            {
                state.sources.swap_remove(place);
            }
        });
    }
}
