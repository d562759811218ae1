//! The nexus at work: builder, intake, dispatch, life cycle, policies, ledger and the handles that reach it from outside.
//!
//! One domain is one intake and one dispatcher. The dispatcher works by four verbs: put an event in, take the next,
//! settle it, and close.

#[forbid(unsafe_code)]
mod arrival;
mod backlog;
#[forbid(unsafe_code)]
mod batch;
#[forbid(unsafe_code)]
mod board;
#[forbid(unsafe_code)]
mod builder;
#[forbid(unsafe_code)]
mod calm;
mod dispatch;
#[forbid(unsafe_code)]
mod door;
#[forbid(unsafe_code)]
mod emitter;
#[forbid(unsafe_code)]
mod hand;
#[forbid(unsafe_code)]
mod handle;
#[forbid(unsafe_code)]
mod intake;
#[forbid(unsafe_code)]
mod ledger;
#[forbid(unsafe_code)]
mod levels;
#[forbid(unsafe_code)]
mod life;
#[forbid(unsafe_code)]
mod policy;
#[forbid(unsafe_code)]
mod program;
#[forbid(unsafe_code)]
mod put;
#[forbid(unsafe_code)]
mod queue;
#[forbid(unsafe_code)]
mod refused;
#[forbid(unsafe_code)]
mod shared;
#[forbid(unsafe_code)]
mod supervisor;
#[forbid(unsafe_code)]
mod tree;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use batch::Batch;
pub use builder::{Builder, Nexus};
pub use emitter::{Captured, Emitter, WeakEmitter};
pub use handle::{Handle, Running, WeakHandle};
pub use ledger::{Account, BoundaryLedger, DomainLedger, InHand, Ledger, SourceFailure};
pub use life::State;
pub use policy::{DeadLetter, Order, Policy};
#[cfg(feature = "macros")]
pub use program::{Flavor, Main as MainOptions, MainOutcome, run_main};
pub use put::{Emit, Ingest};
pub use queue::Queue;

pub(crate) use calm::{Beside, Calm, Watched, wakes_after};
pub(crate) use dispatch::{Core, Run};
pub(crate) use emitter::Door;
pub(crate) use hand::{At, Hand};
pub(crate) use handle::joined;
pub(crate) use levels::Bundle;
pub(crate) use put::Entrance;
pub(crate) use refused::Refused;
pub(crate) use shared::{Origins, Shared, complain, drop_quietly};
pub(crate) use supervisor::has_clock;
pub(crate) use tree::{Origin, Tree};

/// Locks; what a panicking thread left behind is taken as it is, since every change under these locks is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
