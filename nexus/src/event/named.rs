//! Typed events, and what the plan knows of each.

use std::any::TypeId;
use std::fmt;

use super::kind::Slot;

/// A typed event: what `#[named_event]` implements.
///
/// By hand, only the name is needed:
///
/// ```
/// use nexus::{Event, NamedEvent};
///
/// struct Reading(f64);
///
/// impl NamedEvent for Reading {
///     const NAME: &'static str = "Reading";
/// }
///
/// assert!(Event::of(Reading(20.5)).is::<Reading>());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "annotate it: `#[named_event] struct {Self} …`"
)]
pub trait NamedEvent: Send + Sync + Sized + 'static {
    /// The stable name: that of the type unless given. Two types of one name in a plan are a problem at `build()`.
    const NAME: &'static str;

    /// Lower numbers go first; 0 unless given.
    const PRIORITY: i32 = 0;

    /// Whether only one handler is allowed, as for an event that is a command.
    const EXCLUSIVE: bool = false;

    /// What becomes of the event when nobody handles it.
    const UNHANDLED: Unhandled = Unhandled::Report;

    /// Where the type is declared, for messages.
    const LOCATION: Location = Location::UNKNOWN;

    /// Where the type's number is kept. Without it, which is the default, the number is looked up by the type each time that
    /// an event enters a nexus: by a hash, under a lock that is only read.
    ///
    /// ```
    /// use nexus::{NamedEvent, Slot};
    ///
    /// struct Reading(f64);
    ///
    /// impl NamedEvent for Reading {
    ///     const NAME: &'static str = "Reading";
    ///
    ///     fn slot() -> Option<&'static Slot<Self>> {
    ///         static SLOT: Slot<Reading> = Slot::new();
    ///         Some(&SLOT)
    ///     }
    /// }
    /// # assert!(Reading::slot().is_some());
    /// ```
    fn slot() -> Option<&'static Slot<Self>> {
        None
    }
}

/// What becomes of an event that nobody handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unhandled {
    /// It is reported as an error and counted as unhandled; a plan in which it can arise is refused by `build()`.
    Report,
    /// It is counted as discarded.
    Discard,
}

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
    /// The column, from 1; 0 if unknown.
    pub column: u32,
}

impl Location {
    /// No place in particular: a type whose trait was implemented by hand.
    pub const UNKNOWN: Self = Self { file: "", line: 0, column: 0 };

    #[track_caller]
    pub(crate) fn caller() -> Self {
        let at = std::panic::Location::caller();
        Self { file: at.file(), line: at.line(), column: at.column() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str("by hand") } else { write!(f, "{}:{}", self.file, self.line) }
    }
}

/// What the plan knows of one event type.
#[derive(Clone, Copy, Debug)]
pub struct EventInfo {
    pub(crate) type_id: TypeId,
    pub(crate) rust_name: &'static str,
    pub(crate) name: &'static str,
    pub(crate) exclusive: bool,
    pub(crate) unhandled: Unhandled,
    pub(crate) priority: i32,
    pub(crate) location: Location,
}

impl EventInfo {
    /// Describes `E`.
    pub fn of<E: NamedEvent>() -> Self {
        Self {
            type_id: TypeId::of::<E>(),
            rust_name: std::any::type_name::<E>(),
            name: E::NAME,
            exclusive: E::EXCLUSIVE,
            unhandled: E::UNHANDLED,
            priority: E::PRIORITY,
            location: E::LOCATION,
        }
    }

    /// The stable name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}
