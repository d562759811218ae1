//! By what the handlers of dynamic events are found.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;

use crate::event::{Event, EventType, NamedEvent};

/// What a handler of dynamic events is for.
///
/// An exact key beats a range, and a range beats the default, unless several handlers may share an event: then all whose
/// type, range or mask matches are called, and the default ones only where none does.
///
/// ```
/// use nexus::dynamic::Key;
///
/// assert_eq!(Key::from(10).to_string(), "10");
/// assert_eq!(Key::from("line").to_string(), "line");
/// assert_eq!(Key::from(100..=199).to_string(), "100..=199");
/// assert_eq!(Key::Mask(0b0110).to_string(), "mask 0b110");
/// // As in the reference, -1 is the default handler's key.
/// assert_eq!(Key::from(-1), Key::Default);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// One type: an integer, a string, or the name of a typed event.
    Type(EventType),
    /// All integer types from one to another, both included; at least one.
    Range(RangeInclusive<i64>),
    /// In bit mode: every type that is one of these bits. It has to be greater than 0.
    Mask(i64),
    /// Whatever no other handler is for.
    Default,
}

impl Key {
    /// The key of a typed event.
    pub fn of<E: NamedEvent>() -> Self {
        Self::Type(EventType::named(E::NAME))
    }

    /// The key as a domain in bit mode, or one that is not, understands it; `None` if it makes no sense there.
    pub(crate) fn checked(self, bits: bool) -> Option<Self> {
        match (self, bits) {
            (Self::Type(EventType::Int(mask)) | Self::Mask(mask), true) => {
                (mask > 0).then_some(Self::Mask(mask))
            }
            (Self::Type(EventType::Name(_)) | Self::Range(_), true) | (Self::Mask(_), false) => None,
            (Self::Range(range), false) if range.is_empty() => None,
            (key, _) => Some(key),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(event_type) => event_type.fmt(f),
            Self::Range(range) => write!(f, "{}..={}", range.start(), range.end()),
            Self::Mask(mask) if *mask < 0 => write!(f, "mask {mask}"),
            Self::Mask(mask) => write!(f, "mask {mask:#b}"),
            Self::Default => f.write_str("everything else"),
        }
    }
}

impl From<EventType> for Key {
    /// The integer -1 is the key of the default handler.
    fn from(event_type: EventType) -> Self {
        if event_type == EventType::Int(-1) { Self::Default } else { Self::Type(event_type) }
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        EventType::from(number).into()
    }
}

impl From<i32> for Key {
    fn from(number: i32) -> Self {
        EventType::from(number).into()
    }
}

impl From<&'static str> for Key {
    fn from(name: &'static str) -> Self {
        EventType::from(name).into()
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        EventType::from(name).into()
    }
}

impl From<RangeInclusive<i64>> for Key {
    fn from(range: RangeInclusive<i64>) -> Self {
        Self::Range(range)
    }
}

/// Whether an event may be in a domain in bit mode: the type of a dynamic one has to be a power of two.
pub(crate) fn is_one_bit(event: &Event) -> bool {
    match event.event_type() {
        _ if !event.is_dynamic() => true,
        EventType::Int(number) => *number > 0 && number.count_ones() == 1,
        EventType::Name(_) => false,
    }
}

/// Finds the places of handlers; a place is a number that grows in the order of calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    exact: HashMap<EventType, Vec<usize>>,
    /// Ranges and masks: those that have to be tried one after another.
    wide: Vec<(Key, usize)>,
    default: Vec<usize>,
}

impl Lookup {
    pub(crate) fn insert(&mut self, key: Key, place: usize) {
        match key {
            Key::Type(event_type) => self.exact.entry(event_type).or_default().push(place),
            Key::Default => self.default.push(place),
            key @ (Key::Range(_) | Key::Mask(_)) => self.wide.push((key, place)),
        }
    }

    /// The first handler that is for some of the same events with the same right.
    pub(crate) fn duplicate_of(&self, key: &Key) -> Option<usize> {
        match key {
            Key::Type(event_type) => self.exact(event_type).first().copied(),
            Key::Default => self.default.first().copied(),
            Key::Range(_) | Key::Mask(_) => {
                self.wide.iter().find(|(other, _)| overlap(key, other)).map(|(_, place)| *place)
            }
        }
    }

    /// Those that are for just this type.
    pub(crate) fn exact(&self, event_type: &EventType) -> &[usize] {
        self.exact.get(event_type).map_or(&[], Vec::as_slice)
    }

    /// Those whose range or mask holds this type.
    pub(crate) fn wide(&self, event_type: &EventType) -> impl Iterator<Item = usize> {
        let number = match event_type {
            EventType::Int(number) => Some(*number),
            EventType::Name(_) => None,
        };
        let holds = move |key: &Key| match (key, number) {
            (Key::Range(range), Some(number)) => range.contains(&number),
            (Key::Mask(mask), Some(number)) => mask & number != 0,
            _ => false,
        };
        self.wide.iter().filter(move |(key, _)| holds(key)).map(|(_, place)| *place)
    }

    /// Those for whatever no other is for.
    pub(crate) fn default(&self) -> &[usize] {
        &self.default
    }
}

fn overlap(one: &Key, two: &Key) -> bool {
    match (one, two) {
        (Key::Range(one), Key::Range(two)) => one.start() <= two.end() && two.start() <= one.end(),
        (Key::Mask(one), Key::Mask(two)) => one & two != 0,
        _ => false,
    }
}
