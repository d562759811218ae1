//! Who drives a dispatcher: its own task, or a call that finds it idle. One at a time.
//!
//! The seat holds what only its driver may touch. It can be taken by somebody who finds it free. The dispatcher's task can wait
//! for it, and is woken when the driver leaves. When the task goes, it closes the seat: at once, or through the driver who is in it.

use std::cell::UnsafeCell;
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

#[cfg(all(nexus_loom, test))]
use loom::sync::atomic::{AtomicU8, Ordering};
#[cfg(not(all(nexus_loom, test)))]
use std::sync::atomic::{AtomicU8, Ordering};

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Taken, and the dispatcher's task waits for it.
const WANTED: u8 = 2;
/// Taken, and whoever is in it is to close it.
const CLOSING: u8 = 3;
/// Nobody drives any more.
const CLOSED: u8 = 4;

pub(crate) struct Seat<T> {
    state: AtomicU8,
    /// The task that waits.
    waiting: Mutex<Option<Waker>>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one driver at a time, as `state` says.
unsafe impl<T: Send> Sync for Seat<T> {}

impl<T> Seat<T> {
    /// A seat that its maker is in.
    pub(crate) fn taken(value: T) -> Self {
        Self { state: AtomicU8::new(TAKEN), waiting: Mutex::new(None), value: UnsafeCell::new(value) }
    }

    /// Takes the seat if it is free.
    #[inline]
    pub(crate) fn take(&self) -> Option<Driver<'_, T>> {
        let taken = self.state.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok().then_some(Driver { seat: self })
    }

    /// Takes the seat, or has `waker` woken when it is free.
    pub(crate) fn take_or_wait(&self, waker: &Waker) -> Option<Driver<'_, T>> {
        loop {
            if let Some(driver) = self.take() {
                return Some(driver);
            }
            *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
            match self.state.compare_exchange(TAKEN, WANTED, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) | Err(WANTED | CLOSING | CLOSED) => return None,
                Err(_) => {}
            }
        }
    }

    /// Has the seat closed for good: gives it to the caller for that if it is free; else whoever drives is told when it leaves.
    pub(crate) fn close(&self) -> Option<Driver<'_, T>> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let to = if state == FREE { TAKEN } else { CLOSING };
            if state == CLOSED {
                return None;
            }
            match self.state.compare_exchange(state, to, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(FREE) => return Some(Driver { seat: self }),
                Ok(_) => return None,
                Err(now) => state = now,
            }
        }
    }

    /// The seat again, for the one who has kept it.
    ///
    /// # Safety
    ///
    /// The caller has taken the seat, let [`Driver::keep`] keep it, and has not come back for it since.
    pub(crate) unsafe fn again(&self) -> Driver<'_, T> {
        Driver { seat: self }
    }
}

/// The one who drives. It has to leave, keep the seat, or close it.
pub(crate) struct Driver<'s, T> {
    seat: &'s Seat<T>,
}

impl<T> Driver<'_, T> {
    #[inline]
    pub(crate) fn get(&self) -> &T {
        // SAFETY: there is one driver, and it gives shared references only.
        unsafe { &*self.seat.value.get() }
    }

    /// Leaves the seat. If it comes back, it is to be closed.
    #[inline]
    pub(crate) fn leave(self) -> Option<Self> {
        match self.seat.state.compare_exchange(TAKEN, FREE, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => None,
            Err(state) => self.leave_to(state),
        }
    }

    #[cold]
    fn leave_to(self, state: u8) -> Option<Self> {
        if state == WANTED
            && self.seat.state.compare_exchange(WANTED, FREE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            let waiting = self.seat.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(waiting) = waiting {
                waiting.wake();
            }
            return None;
        }
        // The dispatcher's task has gone.
        Some(self)
    }

    /// Goes away and keeps the seat.
    pub(crate) fn keep(self) {
        let Self { seat: _ } = self;
    }

    /// Nobody drives any more.
    pub(crate) fn closed(self) {
        self.seat.state.store(CLOSED, Ordering::Release);
    }
}

/// Run as the census's: see `life`.
#[cfg(all(nexus_loom, test))]
mod loom_tests {
    use std::sync::Arc;

    use loom::cell::Cell;
    use loom::thread;

    use super::*;

    fn free(value: Cell<u32>) -> Arc<Seat<Cell<u32>>> {
        let seat = Arc::new(Seat::taken(value));
        // SAFETY: it has just been made.
        assert!(unsafe { seat.again() }.leave().is_none());
        seat
    }

    /// Two calls and the task: each change is seen by the next driver, and none is lost.
    #[test]
    fn one_drives_at_a_time_and_sees_what_the_last_one_did() {
        loom::model(|| {
            let seat = free(Cell::new(0));
            let call = |seat: &Arc<Seat<Cell<u32>>>| {
                let seat = seat.clone();
                thread::spawn(move || {
                    let Some(driver) = seat.take() else { return 0 };
                    driver.get().set(driver.get().get() + 1);
                    assert!(driver.leave().is_none());
                    1
                })
            };
            let others = [call(&seat), call(&seat)];
            let drove: u32 = others.map(|other| other.join().unwrap()).iter().sum();
            let driver = seat.take().unwrap();
            assert_eq!(driver.get().get(), drove);
            driver.keep();
        });
    }

    /// The task that finds the seat taken is woken when it is free.
    #[test]
    fn who_waits_for_the_seat_is_woken() {
        let mut model = loom::model::Builder::new();
        // Who waits can look again any number of times.
        model.preemption_bound = Some(2);
        model.check(|| {
            let seat = free(Cell::new(0));
            let call = thread::spawn({
                let seat = seat.clone();
                move || {
                    if let Some(driver) = seat.take() {
                        driver.get().set(1);
                        assert!(driver.leave().is_none());
                    }
                }
            });
            loom::future::block_on(std::future::poll_fn(|cx| match seat.take_or_wait(cx.waker()) {
                Some(driver) => {
                    driver.keep();
                    std::task::Poll::Ready(())
                }
                None => std::task::Poll::Pending,
            }));
            call.join().unwrap();
        });
    }

    /// The task goes while a call drives: one of the two closes.
    #[test]
    fn the_seat_is_closed_by_exactly_one() {
        loom::model(|| {
            let seat = free(Cell::new(0));
            let call = thread::spawn({
                let seat = seat.clone();
                move || match seat.take().and_then(Driver::leave) {
                    Some(driver) => {
                        driver.closed();
                        1
                    }
                    None => 0,
                }
            });
            let closed = match seat.close() {
                Some(driver) => {
                    driver.closed();
                    1
                }
                None => 0,
            };
            assert_eq!(closed + call.join().unwrap(), 1);
            assert!(seat.take().is_none());
        });
    }
}
