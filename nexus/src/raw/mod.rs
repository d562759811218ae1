//! The only place for `unsafe`: four small things, each with one purpose.
//!
//! * [`log`]: events in a queue, one record behind the other, payloads inline.
//! * [`future`]: futures of handlers, in memory that is made once.
//! * [`seat`]: who drives a dispatcher, which is one at a time.
//! * [`member`]: an event's membership of a tree, in one pointer.
//!
//! Besides, [`slot`] finds a piece of state by a compare of two numbers, and [`frame`] finds the dispatcher that is being driven
//! on this thread. All other modules forbid `unsafe`, but for the dispatcher's own, which keeps what is promised here.
#![allow(unsafe_code)]

mod apart;
pub(crate) mod frame;
mod future;
mod log;
mod member;
mod seat;
mod slot;

pub(crate) use apart::Apart;
pub(crate) use future::FutureSlot;
pub(crate) use log::{Front, Layout, Lent, Log, Stretch, Tags};
pub(crate) use member::{Done, Member, Members, Tally};
pub(crate) use seat::{Driver, Seat};
pub(crate) use slot::{ComponentSlot, StateSlot};
