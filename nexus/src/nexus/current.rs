//! Which hands are being polled on this thread.
//!
//! While a filter or handler of a nexus is polled, every emit and ingest into that nexus queues at once, through whatever
//! handle it comes. The handle cannot know from where it is called; this stack knows.

use std::cell::RefCell;

use super::shared::{Hand, Shared};

thread_local! {
    static HANDS: RefCell<Vec<Hand>> = const { RefCell::new(Vec::new()) };
}

/// Polls `poll` as part of the event in hand.
pub(crate) fn within<T>(hand: &Hand, poll: impl FnOnce() -> T) -> T {
    struct Pop;
    impl Drop for Pop {
        fn drop(&mut self) {
            let popped = HANDS.with_borrow_mut(Vec::pop);
            drop(popped);
        }
    }
    HANDS.with_borrow_mut(|hands| hands.push(hand.clone()));
    let _pop = Pop;
    poll()
}

/// The innermost event that this nexus has in hand on this thread, if it is being polled here.
pub(crate) fn hand_of(shared: &Shared) -> Option<Hand> {
    // A destructor of another thread-local may ask when this one is gone.
    let find =
        |hands: &RefCell<Vec<Hand>>| hands.borrow().iter().rev().find(|hand| hand.is_of(shared)).cloned();
    HANDS.try_with(find).ok().flatten()
}
