//! What a test waits for: that nothing is pending, and that nobody is left who could emit, but timers that sleep.
//!
//! A timer that sleeps does nothing until its time has come: then it is awake until its tick's tree is done, even if
//! nobody has polled it yet.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::lock;
use super::shared::Shared;

/// What is known of the timers of a nexus, and the news that something has come to rest.
pub(crate) struct Calm {
    timers: Mutex<Timers>,
    news: Notify,
}

struct Timers {
    /// Those that do not sleep, or have not begun yet.
    awake: usize,
    /// When each of the others wakes.
    asleep: Vec<Instant>,
}

impl Calm {
    /// That of a nexus with so many timers.
    pub(crate) fn of(timers: usize) -> Self {
        Self { timers: Mutex::new(Timers { awake: timers, asleep: Vec::new() }), news: Notify::new() }
    }

    /// What happens from now on ends the wait for it.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    pub(crate) fn changed(&self) {
        self.news.notify_waiters();
    }

    /// How many timers sleep; `None` if one is awake, or has to wake now.
    fn sleepers(&self) -> Option<u64> {
        let timers = lock(&self.timers);
        let now = Instant::now();
        let asleep = timers.awake == 0 && timers.asleep.iter().all(|wakes| *wakes > now);
        asleep.then_some(timers.asleep.len() as u64)
    }

    /// How many timers sleep.
    pub(crate) fn asleep(&self) -> usize {
        lock(&self.timers).asleep.len()
    }

    fn change(&self, change: impl FnOnce(&mut Timers)) {
        change(&mut lock(&self.timers));
        self.changed();
    }
}

impl Shared {
    /// Whether nothing is pending, and every timer sleeps; and if so, whether but for these, one handle is all that holds it.
    pub(crate) fn is_calm(&self, calm: &Calm) -> Option<bool> {
        // In this order: a timer that wakes after the first look does so after the moment that this is about.
        let sleepers = calm.sleepers()?;
        let (holders, busy) = self.life.census();
        (busy == 0).then_some(holders == sleepers + 1)
    }
}

/// A timer that a test knows of.
pub(crate) struct Ticking(Arc<Shared>);

impl Ticking {
    /// One that the plan does not have.
    pub(crate) fn join(shared: &Arc<Shared>) -> Option<Self> {
        let ticking = Self::of(shared)?;
        ticking.change(|timers| timers.awake += 1);
        Some(ticking)
    }

    /// One of the plan, if its nexus is tested.
    pub(crate) fn of(shared: &Arc<Shared>) -> Option<Self> {
        shared.calm.is_some().then(|| Self(shared.clone()))
    }

    fn change(&self, change: impl FnOnce(&mut Timers)) {
        if let Some(calm) = &self.0.calm {
            calm.change(change);
        }
    }

    /// It sleeps for so long from now, unless the guard is dropped before.
    pub(crate) fn asleep(&self, period: Duration) -> impl Drop {
        struct Asleep<'a>(&'a Ticking, Instant);
        impl Drop for Asleep<'_> {
            fn drop(&mut self) {
                self.0.change(|timers| {
                    let place = timers.asleep.iter().position(|wakes| *wakes == self.1);
                    timers.awake += place.map_or(0, |place| {
                        timers.asleep.swap_remove(place);
                        1
                    });
                });
            }
        }
        let wakes = Instant::now() + period;
        self.change(|timers| {
            timers.awake -= 1;
            timers.asleep.push(wakes);
        });
        Asleep(self, wakes)
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.change(|timers| timers.awake -= 1);
    }
}
