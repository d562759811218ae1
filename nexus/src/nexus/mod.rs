//! The nexus at work: builder, intake, dispatch, life cycle, policies, ledger and the handles that reach it from outside.
//!
//! One domain is one intake and one dispatcher. The dispatcher works by four verbs: put an event in, take the next,
//! settle it, and close.

mod builder;
mod current;
mod dispatch;
mod emitter;
mod handle;
mod intake;
mod ledger;
mod life;
mod policy;
mod program;
mod queue;
mod refused;
mod shared;
mod supervisor;
mod tree;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use builder::{Builder, Nexus};
pub use emitter::{Captured, Emitter, WeakEmitter};
pub use handle::{Handle, Running, WeakHandle};
pub use ledger::{Account, BoundaryLedger, DomainLedger, InHand, Ledger, SourceFailure};
pub use life::State;
pub use policy::{DeadLetter, Order, Policy};
#[cfg(feature = "macros")]
pub use program::{Flavor, Main as MainOptions, MainOutcome, run_main};
pub use queue::Queue;

pub(crate) use emitter::Door;
pub(crate) use handle::joined;
pub(crate) use intake::Origins;
pub(crate) use refused::Refused;
pub(crate) use shared::{Hand, Shared, complain, drop_quietly};
pub(crate) use supervisor::has_clock;
pub(crate) use tree::{Origin, Tree};

/// Locks; what a panicking thread left behind is taken as it is, since every change under these locks is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
