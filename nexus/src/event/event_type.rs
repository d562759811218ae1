//! The type of an event: an integer or a name.

use std::borrow::Cow;
use std::fmt;

/// The type of an event, by which handlers are found.
///
/// A typed event has its stable name here; dynamic events have an integer or a string. The integer `10` and the string
/// `"10"` are two types; a typed event's name and the same string are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EventType {
    /// An integer type of a dynamic event.
    Int(i64),
    /// A name: that of a typed event, or the string type of a dynamic one.
    Name(Cow<'static, str>),
}

impl EventType {
    /// The type of a typed event with this stable name.
    pub const fn named(name: &'static str) -> Self {
        Self::Name(Cow::Borrowed(name))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl From<i64> for EventType {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for EventType {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<&'static str> for EventType {
    fn from(name: &'static str) -> Self {
        Self::named(name)
    }
}

impl From<String> for EventType {
    fn from(name: String) -> Self {
        Self::Name(Cow::Owned(name))
    }
}
