//! The allocator that counts: for allocations an event, and for the memory of events that wait.
//!
//! It counts only while it is told to: a measurement of time pays one load and one branch for each allocation, the same for all peers.

#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its interface; each call goes to the system's as it came"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

use nexus_workloads::Gauge;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

/// Reads the counters.
pub(crate) const GAUGE: Gauge =
    Gauge { allocations: || ALLOCATIONS.load(Relaxed), live: || LIVE.load(Relaxed) };

/// Counts from now on, or no longer.
pub(crate) fn count(on: bool) {
    ON.store(on, Relaxed);
}

fn grown(allocations: u64, to: usize, from: usize) {
    if ON.load(Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Relaxed);
        LIVE.fetch_add(to.cast_signed() as i64 - from.cast_signed() as i64, Relaxed);
    }
}

// SAFETY: every call is passed on to `System`, with the arguments that it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        grown(0, 0, layout.size());
        // SAFETY: the block came from `System`, since all do.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grown(1, size, layout.size());
        // SAFETY: the block came from `System`, since all do.
        unsafe { System.realloc(block, layout, size) }
    }
}
