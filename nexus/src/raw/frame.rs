//! Which dispatchers are being driven on this thread.
//!
//! While a filter or handler of a nexus is polled, every emit and ingest into that nexus queues at once, through whatever
//! handle it comes. The handle cannot know from where it is called; this stack of frames knows. A frame is a place on the stack
//! of the function that drives, linked to the one below it.

use std::cell::Cell;
use std::ptr;

use crate::nexus::{Core, Shared};

/// One dispatcher at work.
struct Frame {
    shared: *const Shared,
    domain: usize,
    core: *const Core,
    below: *const Frame,
}

thread_local! {
    // It has no destructor, so it can be asked as long as the thread lives.
    static TOP: Cell<*const Frame> = const { Cell::new(ptr::null()) };
}

/// Whether no dispatcher is being driven on this thread.
#[inline]
pub(crate) fn is_outside() -> bool {
    TOP.get().is_null()
}

/// Calls `drive` with this dispatcher on the stack.
#[inline]
pub(crate) fn enter<R>(shared: &Shared, domain: usize, core: &Core, drive: impl FnOnce() -> R) -> R {
    struct Leave(*const Frame);
    impl Drop for Leave {
        fn drop(&mut self) {
            TOP.set(self.0);
        }
    }
    let frame = Frame { shared, domain, core, below: TOP.get() };
    TOP.set(&raw const frame);
    let _leave = Leave(frame.below);
    drive()
}

/// Looks at the dispatchers, the innermost one first, until `look` finds what it looks for.
#[inline]
pub(crate) fn find<R>(mut look: impl FnMut(&Shared, usize, &Core) -> Option<R>) -> Option<R> {
    let mut at = TOP.get();
    while !at.is_null() {
        // SAFETY: a frame is on the stack as long as the function that made it, which takes it off when it ends, and borrows
        // what the frame points to; it is looked at on the thread of that function.
        let (frame, shared, core) = unsafe {
            let frame = &*at;
            (frame, &*frame.shared, &*frame.core)
        };
        if let Some(found) = look(shared, frame.domain, core) {
            return Some(found);
        }
        at = frame.below;
    }
    None
}
