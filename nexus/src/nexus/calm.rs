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
    /// Timers of the plan that do not sleep, or have not begun yet.
    awake: usize,
    /// When each of the others wakes.
    asleep: Vec<Instant>,
    /// Timers beside the plan, each with what it is known by.
    beside: Vec<(usize, Beside)>,
    /// How many handles the test has itself.
    own: u64,
    /// The sources of the plan that have begun and have not ended.
    sources: Vec<Arc<str>>,
    /// How often something of this has changed.
    changes: u64,
}

/// A timer beside the plan that ticks here.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    /// It keeps the nexus from ending by itself.
    pub(crate) holds: bool,
    /// If it sleeps.
    pub(crate) wakes: Option<Instant>,
}

/// When a timer wakes that sleeps for so long from now: tokio times to the millisecond.
pub(crate) fn wakes_after(period: Duration) -> Instant {
    Instant::now() + period.max(Duration::from_millis(1))
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
        let beside = state.beside.iter().map(|(_, timer)| timer);
        let asleep = state.awake == 0
            && state.asleep.iter().all(|wakes| *wakes > now)
            && beside.clone().all(|timer| timer.wakes.is_some_and(|wakes| wakes > now));
        let sleepers = state.asleep.len() + beside.filter(|timer| timer.holds).count();
        asleep.then_some((state.changes, sleepers as u64 + state.own))
    }

    /// Notes how it is with a timer beside the plan; `None` if it does not tick here any more. Whoever waits is to be told when no
    /// lock is held.
    pub(crate) fn note(&self, number: usize, timer: Option<Beside>) {
        let mut state = lock(&self.state);
        state.changes += 1;
        state.beside.retain(|(other, _)| *other != number);
        state.beside.extend(timer.map(|timer| (number, timer)));
    }
}

impl Shared {
    /// Whether nothing is pending, and every timer sleeps; and if so, whether nobody but these and the test holds the nexus.
    pub(crate) fn is_calm(&self, calm: &Calm) -> Option<bool> {
        let (changes, expected) = calm.look()?;
        let (holders, busy) = self.life.census();
        // They are of one moment if no timer woke, ended or came between the two looks. If one did, that is news.
        let same = lock(&calm.state).changes == changes;
        (busy == 0 && same).then_some(holders == expected)
    }

    /// The sources that have not ended, and how many emitters and handles others have.
    pub(crate) fn left(&self, calm: &Calm) -> (Vec<Arc<str>>, u64) {
        let (holders, _) = self.life.census();
        let state = lock(&calm.state);
        let sources = state.sources.clone();
        let known = state.sources.len() + state.beside.iter().filter(|(_, timer)| timer.holds).count();
        (sources, holders.saturating_sub(state.own + known as u64))
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
        let wakes = wakes_after(period);
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
