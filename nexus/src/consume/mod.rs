//! Who sees events: filters, and handlers with their parameters and return values.

mod call;
mod fan_out;
mod handler;
mod outcome;

pub use call::{ByValue, Call, Callable, Context, EventInHand, Start};
pub use fan_out::MemberErrors;
pub use handler::{Filter, Handler};
pub use outcome::{Give, Holds, IntoError, Outcome, Verdict, VerdictOutcome, boxed};

pub(crate) use call::{CallData, Ended, Invoke, Sees, Typed, Whole, shared};
pub(crate) use handler::{
    AsyncClosure, AsyncRecordClosure, ByTrait, Closure, FilterByTrait, FilterClosure, Method, RecordClosure,
};
