//! Dynamic events, whose types are integers or strings; and all that is registered, started and stopped by calls.
//!
//! A dynamic [`Event`] is made with [`Event::new`], or by an [`EventFactory`], and put in like any other. Its handlers are found
//! by a [`Key`]: a type, a range, a mask or the default. In a plan they are declared: `#[handler(10)]`,
//! `#[handler(100..=199)]`, or [`Builder::on_key`] by hand. A function that emits dynamic events says so by `Queue<Event>`, and
//! the graph shows it as open.
//!
//! ```
//! use nexus::prelude::*;
//! use nexus::dynamic::Key;
//!
//! # nexus::__private::block_on(async {
//! let nexus = Nexus::empty()
//!     .on_key(10, "ten", |event: &Event, queue: &mut Queue<Event>| queue.emit(Event::new(2, "line", 0, event.id())))
//!     .on_key("line", "line", |event: &Event, _: &mut Queue<()>| println!("{event:?}"))
//!     .on_key(Key::Default, "rest", |event: &Event, _: &mut Queue<()>| println!("what is {}?", event.event_type()))
//!     .build()?;
//! let nexus = nexus.start()?;
//! nexus.ingest(Event::new(1, 10, 0, "a payload")).await?;
//! nexus.ingest(Event::new(3, 99, 0, ())).await?;
//! assert_eq!(nexus.join().await?.total().handled, 3);
//! # Ok::<(), nexus::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! Beside the plan, an [`Overlay`] takes what comes while the nexus runs: [`Handler`]s, [`Filter`]s, [`Fanout`]s, and
//! [`Source`]s, which can be shared by several nexuses. A [`DynamicNexus`] is used by such calls alone. The typed path never
//! looks here as long as nothing is registered.

mod error;
mod fanout;
mod handler;
mod key;
mod nexus;
mod overlay;
mod source;
mod timer;

use std::borrow::Cow;

use futures_core::future::BoxFuture;

pub use error::CallError;
pub use fanout::Fanout;
pub use handler::{Consumer, Filter, Handler};
pub use key::Key;
pub use nexus::{DynamicNexus, Scope};
pub use overlay::Overlay;
pub use source::{Converter, Outlet, Producer, Source, StreamConverter};
pub use timer::{Timer, TimerKind};

pub(crate) use key::{Lookup, is_one_bit};
pub(crate) use overlay::{Registered, Registrations};
pub(crate) use source::RunsAs;

pub use crate::boundary::Boundary;
use crate::consume::Outcome;
use crate::error::BoxError;
use crate::event::{Event, EventSet};
pub use crate::event::{EventFactory, Id};
use crate::nexus::{Builder, Queue};
use crate::record::Takes;

impl Builder {
    /// Adds a closure as a handler of dynamic events, by a key: an integer, a string (which may be the name of a typed event), a
    /// range of integers, a mask, or the default.
    #[track_caller]
    pub fn on_key<S, R, F>(self, key: impl Into<Key>, name: impl Into<Cow<'static, str>>, handler: F) -> Self
    where
        S: EventSet,
        R: Outcome,
        F: FnMut(&Event, &mut Queue<S>) -> R + Send + 'static,
    {
        self.on_record(name, Takes::Key(key.into()), handler)
    }

    /// The same for a closure that returns a boxed future.
    #[track_caller]
    pub fn on_key_async<S, F>(
        self,
        key: impl Into<Key>,
        name: impl Into<Cow<'static, str>>,
        handler: F,
    ) -> Self
    where
        S: EventSet,
        F: for<'a> FnMut(&'a Event, &'a mut Queue<S>) -> BoxFuture<'a, Result<(), BoxError>> + Send + 'static,
    {
        self.on_record_async(name, Takes::Key(key.into()), handler)
    }
}
