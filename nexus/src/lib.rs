//! A declarative event framework for tokio: annotate events, sources and handlers; the flow is planned, checked, printed
//! and run.
//!
//! ```standalone_crate
//! use nexus::prelude::*;
//!
//! /// A temperature, in °C.
//! #[named_event]
//! struct Reading(f64);
//!
//! /// Overtakes the readings that wait.
//! #[named_event(priority = -10)]
//! struct Alarm(f64);
//!
//! #[timer(every = "10ms", count_up = 3)]
//! fn sample(count: i64) -> Reading {
//!     Reading(28.0 + count as f64)
//! }
//!
//! #[handler(Reading)]
//! fn watch(reading: &Reading) -> Option<Alarm> {
//!     (reading.0 > 30.0).then(|| Alarm(reading.0))
//! }
//!
//! #[handler(Alarm)]
//! fn ring(alarm: &Alarm) {
//!     println!("{} °C!", alarm.0);
//! }
//!
//! #[nexus::main]
//! async fn main() -> nexus::Result {
//!     let ledger = Nexus::builder().build()?.run().await?;
//!     println!("{ledger}");
//!     Ok(())
//! }
//! ```

mod boundary;
mod consume;
#[forbid(unsafe_code)]
pub mod dynamic;
#[forbid(unsafe_code)]
mod error;
#[forbid(unsafe_code)]
mod event;
mod nexus;
#[forbid(unsafe_code)]
mod plan;
mod raw;
#[forbid(unsafe_code)]
mod record;
#[forbid(unsafe_code)]
mod sealed;
#[forbid(unsafe_code)]
mod source;
#[forbid(unsafe_code)]
pub mod testing;

pub use boundary::Limits;
pub use consume::{Filter, Handler, Outcome, Verdict, VerdictOutcome};
pub use error::{
    BoxError, Cause, EmitError, Failure, IngestError, PayloadMismatch, Result, RunError, StateError,
};
pub use event::{
    Declares, Event, EventInfo, EventSet, EventType, IntoEvent, Location, Meta, NamedEvent, Slot, Unhandled,
};
#[doc(hidden)]
pub use event::{Has, Itself, Nth};
#[doc(no_inline)]
pub use futures_core::Stream;
pub use nexus::{
    Account, Batch, BoundaryLedger, Builder, Captured, DeadLetter, DomainLedger, Emit, Emitter, Handle,
    InHand, Ingest, Ledger, Nexus, Order, Policy, Queue, Running, SourceFailure, State, WeakEmitter,
    WeakHandle,
};
pub use plan::{At, BuildError, Instead, Plan, Problem};
pub use record::{Declared, Domain, Main};
pub use source::{Answer, Ended, Timer};

#[cfg(feature = "macros")]
mod annotations;
#[cfg(feature = "macros")]
pub use annotations::*;

/// The examples of the README, which are run like all others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What a program needs: `use nexus::prelude::*;`.
pub mod prelude {
    #[cfg(not(feature = "macros"))]
    pub use crate::Domain;
    #[cfg(feature = "macros")]
    pub use crate::{
        Boundary, Domain, Fanout, converter, filter, handler, handlers, named_event, producer, timer,
    };
    pub use crate::{
        DeadLetter, Emitter, Event, Handle, Main, Meta, NamedEvent, Nexus, Queue, Result, Stream, Verdict,
        WeakHandle,
    };
}

/// What generated code uses. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use ::inventory;

    pub use crate::consume::{
        ByValue, Call, Callable, Context, EventInHand, Give, Handler, Holds, IntoError, MemberErrors,
        Outcome, Start, Verdict, VerdictOutcome, boxed,
    };
    pub use crate::error::BoxError;
    pub use crate::event::{EventInfo, EventSet, Location, NamedEvent, Slot, Unhandled};
    #[cfg(feature = "macros")]
    pub use crate::nexus::{Flavor, MainOptions, MainOutcome, run_main};
    pub use crate::plan::{Problem, assert_graph};
    pub use crate::record::{
        ComponentNeed, Declared, Domain, DomainKey, Emits, HeldEvent, Main, Need, OfOneType, Record, Role,
        Same, Submission, Takes,
    };
    pub use crate::source::{Answer, Count, Ended, Every, Period, SourceContext, SourceFuture};
    pub use futures_core::Stream;

    pub mod std {
        pub use ::core;
        pub use ::std::boxed::Box;
        pub use ::std::convert::Infallible;
        pub use ::std::future::Future;
        pub use ::std::marker::Send;
        pub use ::std::option::Option;
        pub use ::std::result::Result;
        pub use ::std::sync::Arc;
        pub use ::std::time::Duration;
    }

    /// Runs a future on a runtime of its own, for examples in documentation.
    pub fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime for an example").block_on(future)
    }

    /// Panics with every problem of the flow.
    #[track_caller]
    pub fn assert_complete(builder: crate::Builder) {
        let problems: Vec<String> = builder.flow_problems().iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "the plan is not complete:\n\n{}", problems.join("\n\n"));
    }
}
