//! What the engine knows of one Rust type of events, and the number by which its tables know it.
//!
//! Every type of events gets a number when it is used for the first time: process-wide, and for good. A record in a queue has
//! the number in its header, so that whoever takes it out finds its handlers by a place in a table. `#[named_event]` keeps the
//! number in a [`Slot`] of the type's own; without one it is looked up by the type's id.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

use super::{EventType, NamedEvent, Unhandled};
use crate::raw::Layout;

/// The number of records that hold a whole [`Event`](super::Event): dynamic ones, shared ones, and what no record can hold.
pub(crate) const WHOLE: u16 = 0;

/// One type of events.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) priority: i32,
    pub(crate) unhandled: Unhandled,
    /// How a value of it lies in a record.
    pub(crate) layout: Layout,
}

impl Kind {
    pub(crate) fn event_type(&self) -> EventType {
        EventType::named(self.name)
    }
}

#[derive(Default)]
struct Kinds {
    /// In the order of their numbers, from 1.
    list: Vec<&'static Kind>,
    numbers: HashMap<TypeId, u16>,
}

static KINDS: RwLock<Option<Kinds>> = RwLock::new(None);

/// Where the number of an event type is kept; see [`NamedEvent::slot`].
///
/// It is a slot of just this type, also where types differ in lifetimes only.
pub struct Slot<E>(AtomicU32, PhantomData<fn(E) -> E>);

const UNKNOWN: u32 = u32::MAX;

impl<E: NamedEvent> Slot<E> {
    /// An empty one: for a `static`.
    #[allow(clippy::new_without_default, reason = "a slot that is no `static` serves nobody")]
    pub const fn new() -> Self {
        Self(AtomicU32::new(UNKNOWN), PhantomData)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "only numbers of 16 bits are stored")]
    fn number(&self) -> u16 {
        match self.0.load(Ordering::Relaxed) {
            UNKNOWN => self.look_up(),
            number => number as u16,
        }
    }

    #[cold]
    fn look_up(&self) -> u16 {
        let number = number_by_type::<E>();
        self.0.store(number.into(), Ordering::Relaxed);
        number
    }
}

impl<E> fmt::Debug for Slot<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot(..)")
    }
}

/// The number of a type; [`WHOLE`] if its values can't lie in a record as they are.
#[inline]
pub(crate) fn number<E: NamedEvent>() -> u16 {
    if !Layout::fits::<E>() {
        return WHOLE;
    }
    match E::slot() {
        Some(slot) => slot.number(),
        None => number_by_type::<E>(),
    }
}

fn number_by_type<E: NamedEvent>() -> u16 {
    number_by_id(TypeId::of::<E>(), || Kind {
        name: E::NAME,
        priority: E::PRIORITY,
        unhandled: E::UNHANDLED,
        layout: Layout::of::<E>(),
    })
}

fn number_by_id(id: TypeId, kind: fn() -> Kind) -> u16 {
    let known = KINDS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = known.as_ref().and_then(|kinds| kinds.numbers.get(&id)) {
        return *number;
    }
    drop(known);
    let mut kinds = KINDS.write().unwrap_or_else(PoisonError::into_inner);
    let Kinds { list, numbers } = kinds.get_or_insert_default();
    *numbers.entry(id).or_insert_with(|| {
        // Those beyond the last number travel as whole events.
        let Ok(number) = u16::try_from(list.len() + 1) else { return WHOLE };
        list.push(Box::leak(Box::new(kind())));
        number
    })
}

/// The type with this number; `None` for [`WHOLE`].
pub(crate) fn kind(number: u16) -> Option<&'static Kind> {
    let kinds = KINDS.read().unwrap_or_else(PoisonError::into_inner);
    kinds.as_ref()?.list.get(usize::from(number).checked_sub(1)?).copied()
}
