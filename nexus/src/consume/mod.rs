//! Who sees events: filters, and handlers with their parameters and return values.

mod call;
mod fan_out;
mod handler;
mod outcome;

pub use call::{Call, Context, EventInHand, Step};
pub use fan_out::MemberErrors;
pub use handler::{Filter, Handler};
pub use outcome::{Give, Outcome, Verdict, VerdictOutcome};

pub(crate) use call::{Invoke, Named, StateSlot, shared};
pub(crate) use handler::{
    AsyncClosure, AsyncRecordClosure, ByTrait, Closure, FilterByTrait, FilterClosure, Method, RecordClosure,
};
