//! Dynamic events: types that are integers or strings, known only while the program runs.
//!
//! A dynamic [`Event`] is made with [`Event::new`] and put in like any other. Its handlers are declared by type; a default
//! handler takes what no other handler is for. A function that emits dynamic events says so by `Queue<Event>`, and the
//! graph shows it as open.
//!
//! ```
//! use nexus::prelude::*;
//!
//! # nexus::__private::block_on(async {
//! let nexus = Nexus::empty()
//!     .on_type(10, "ten", |event: &Event, queue: &mut Queue<Event>| queue.emit(Event::new(2, "line", 0, event.id())))
//!     .on_type("line", "line", |event: &Event, _: &mut Queue<()>| println!("{event:?}"))
//!     .on_any("rest", |event: &Event, _: &mut Queue<()>| println!("what is {}?", event.event_type()))
//!     .build()?;
//! let nexus = nexus.start()?;
//! nexus.ingest(Event::new(1, 10, 0, "a payload")).await?;
//! nexus.ingest(Event::new(3, 99, 0, ())).await?;
//! assert_eq!(nexus.join().await?.total().handled, 3);
//! # Ok::<(), nexus::BoxError>(())
//! # }).unwrap();
//! ```

use std::borrow::Cow;

use futures_core::future::BoxFuture;

use crate::consume::Outcome;
use crate::error::BoxError;
use crate::event::{Event, EventSet, EventType};
use crate::nexus::{Builder, Queue};
use crate::record::Takes;

impl Builder {
    /// Adds a closure as a handler for the events of one type: an integer, or a string (which may be the name of a typed
    /// event).
    #[track_caller]
    pub fn on_type<S, R, F>(
        self,
        event_type: impl Into<EventType>,
        name: impl Into<Cow<'static, str>>,
        handler: F,
    ) -> Self
    where
        S: EventSet,
        R: Outcome,
        F: FnMut(&Event, &mut Queue<S>) -> R + Send + 'static,
    {
        self.on_record(name, Takes::Type(event_type.into()), handler)
    }

    /// Adds a closure as a default handler: for every event that no other handler is for.
    #[track_caller]
    pub fn on_any<S, R, F>(self, name: impl Into<Cow<'static, str>>, handler: F) -> Self
    where
        S: EventSet,
        R: Outcome,
        F: FnMut(&Event, &mut Queue<S>) -> R + Send + 'static,
    {
        self.on_record(name, Takes::Any, handler)
    }

    /// Adds a closure that returns a boxed future as a handler for the events of one type.
    #[track_caller]
    pub fn on_type_async<S, F>(
        self,
        event_type: impl Into<EventType>,
        name: impl Into<Cow<'static, str>>,
        handler: F,
    ) -> Self
    where
        S: EventSet,
        F: for<'a> FnMut(&'a Event, &'a mut Queue<S>) -> BoxFuture<'a, Result<(), BoxError>> + Send + 'static,
    {
        self.on_record_async(name, Takes::Type(event_type.into()), handler)
    }
}
