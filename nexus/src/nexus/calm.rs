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

#[derive(Default)]
struct Timers {
    /// Those of the plan that do not sleep, or have not begun yet.
    awake: usize,
    /// When each of the others wakes.
    asleep: Vec<Instant>,
    /// Those beside the plan, each with what it is known by.
    beside: Vec<(usize, Beside)>,
    /// Counts the changes.
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

/// When one wakes that sleeps for so long from now: tokio times to the millisecond.
pub(crate) fn wakes_after(period: Duration) -> Instant {
    Instant::now() + period.max(Duration::from_millis(1))
}

impl Calm {
    /// That of a nexus with so many timers.
    pub(crate) fn of(timers: usize) -> Self {
        Self { timers: Mutex::new(Timers { awake: timers, ..Timers::default() }), news: Notify::new() }
    }

    /// What happens from now on ends the wait for it.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    pub(crate) fn changed(&self) {
        self.news.notify_waiters();
    }

    /// How many timers sleep that hold the nexus, and how often something about them has changed; `None` if one is awake, or has to
    /// wake now.
    fn sleepers(&self) -> Option<(u64, u64)> {
        let timers = lock(&self.timers);
        let now = Instant::now();
        let beside = timers.beside.iter().map(|(_, timer)| timer);
        let asleep = timers.awake == 0
            && timers.asleep.iter().all(|wakes| *wakes > now)
            && beside.clone().all(|timer| timer.wakes.is_some_and(|wakes| wakes > now));
        let holders = timers.asleep.len() + beside.filter(|timer| timer.holds).count();
        asleep.then_some((holders as u64, timers.changes))
    }

    /// How many timers sleep.
    pub(crate) fn asleep(&self) -> usize {
        let timers = lock(&self.timers);
        timers.asleep.len() + timers.beside.iter().filter(|(_, timer)| timer.wakes.is_some()).count()
    }

    /// Notes how it is with a timer beside the plan; `None` if it does not tick here any more. Whoever waits is to be told when no
    /// lock is held.
    pub(crate) fn note(&self, number: usize, timer: Option<Beside>) {
        let mut timers = lock(&self.timers);
        timers.changes += 1;
        timers.beside.retain(|(other, _)| *other != number);
        timers.beside.extend(timer.map(|timer| (number, timer)));
    }

    fn change(&self, change: impl FnOnce(&mut Timers)) {
        {
            let mut timers = lock(&self.timers);
            timers.changes += 1;
            change(&mut timers);
        }
        self.changed();
    }
}

impl Shared {
    /// Whether nothing is pending, and every timer sleeps; and if so, whether but for these, one handle is all that holds it.
    pub(crate) fn is_calm(&self, calm: &Calm) -> Option<bool> {
        let (sleepers, changes) = calm.sleepers()?;
        let (holders, busy) = self.life.census();
        // It is of one moment if no timer woke, ended or came between the two looks. If one did, that is news.
        let is_so = busy == 0 && lock(&calm.timers).changes == changes;
        is_so.then_some(holders == sleepers + 1)
    }
}

/// A timer of the plan that a test knows of.
pub(crate) struct Ticking(Arc<Shared>);

impl Ticking {
    /// One, if its nexus is tested.
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
        let wakes = wakes_after(period);
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
