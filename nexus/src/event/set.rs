//! The set of event types that a signature declares: `()`, one event, a tuple of events, or the open set `Event`.
//!
//! `Has<E, Index>` says that a set holds `E`, and `Declares<E, Index>` that this is an event besides. The index is a marker
//! that the compiler infers; without it the implementations for the places of a tuple would overlap.

use super::named::{EventInfo, NamedEvent};
use super::{Event, IntoEvent};
use crate::sealed::Sealed;

/// A set of event types, as in `Queue<(Alarm, Report)>`: `()`, an event, or a tuple of up to 12 events.
///
/// [`Event`] alone is the open set: dynamic events may be emitted, and the graph shows it as open.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event, nor a tuple of events",
    label = "not a set of events",
    note = "write `Queue<Alarm>` or `Queue<(Alarm, Report)>`, where each type is an event: `#[named_event] struct Alarm …`"
)]
pub trait EventSet: 'static {
    #[doc(hidden)]
    const SEALED: Sealed;

    /// Adds the types of this set.
    #[doc(hidden)]
    fn list(types: &mut Vec<EventInfo>, open: &mut bool);
}

/// The types of `S`, and whether dynamic events belong to it.
pub(crate) fn set_types<S: EventSet>() -> (Vec<EventInfo>, bool) {
    let (mut types, mut open) = (Vec::new(), false);
    S::list(&mut types, &mut open);
    (types, open)
}

/// What a queue or an emitter declares: the set `Self` holds the event `E`. `Index` is inferred.
///
/// A function that emits through whatever queue it is given demands it: `fn page<S: Declares<Page, I>, I>(queue: &mut Queue<S>)`.
#[diagnostic::on_unimplemented(
    message = "`{E}` is not declared in this queue or emitter",
    label = "`{E}` is not declared",
    note = "only what the signature declares may be emitted here: `{Self}`",
    note = "write `{E}` into the `Queue<…>` or `Emitter<…>` of the signature: alone, or in a tuple with the other events"
)]
pub trait Declares<E, Index>: Has<E, Index, Event: IntoEvent> {}

impl<S, E, Index> Declares<E, Index> for S where S: Has<E, Index, Event: IntoEvent> {}

/// The set `Self` holds `E`. That `E` is an event is another question: so one that is not declared is told for that alone, and one that
/// is declared, and no event, for that alone.
#[doc(hidden)]
pub trait Has<E, Index> {
    const SEALED: Sealed;

    /// `E` itself.
    type Event;

    fn event(event: E) -> Self::Event;

    fn back(event: Self::Event) -> E;
}

/// The event as it is.
macro_rules! itself {
    ($event:ty) => {
        type Event = $event;

        #[inline(always)]
        #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
        fn event(event: $event) -> $event {
            event
        }

        fn back(event: $event) -> $event {
            event
        }
    };
}

/// The place of an event in a set that is just this event.
#[derive(Debug)]
pub enum Itself {}

/// The place of an event in a tuple.
#[derive(Debug)]
pub enum Nth<const N: usize> {}

#[diagnostic::do_not_recommend]
impl<E> Has<E, Itself> for E {
    const SEALED: Sealed = Sealed;
    itself!(E);
}

/// An event that nobody has, and another one.
///
/// With them, no set holds a single event, so the compiler takes the type of an undeclared one from the argument, and says
/// that this is not declared, instead of expecting the only one that is.
#[derive(Debug)]
pub enum Nobodys<const N: usize> {}

macro_rules! nobodys {
    ($number:literal) => {
        type Event = Event;

        fn event(event: Nobodys<$number>) -> Event {
            match event {}
        }

        /// # Panics
        ///
        /// It would, but nobody has such an event to emit, and so to get back.
        fn back(_: Event) -> Nobodys<$number> {
            unreachable!("nobody has such an event")
        }
    };
}

#[diagnostic::do_not_recommend]
impl<S> Has<Nobodys<0>, Nobodys<0>> for S {
    const SEALED: Sealed = Sealed;
    nobodys!(0);
}

#[diagnostic::do_not_recommend]
impl<S> Has<Nobodys<1>, Nobodys<1>> for S {
    const SEALED: Sealed = Sealed;
    nobodys!(1);
}

#[diagnostic::do_not_recommend]
impl EventSet for () {
    const SEALED: Sealed = Sealed;

    fn list(_: &mut Vec<EventInfo>, _: &mut bool) {}
}

#[diagnostic::do_not_recommend]
impl<E: NamedEvent> EventSet for E {
    const SEALED: Sealed = Sealed;

    fn list(types: &mut Vec<EventInfo>, _: &mut bool) {
        types.push(EventInfo::of::<E>());
    }
}

#[diagnostic::do_not_recommend]
impl EventSet for Event {
    const SEALED: Sealed = Sealed;

    fn list(_: &mut Vec<EventInfo>, open: &mut bool) {
        *open = true;
    }
}

macro_rules! tuples {
    ($( ($($name:ident),+) => $($index:literal),+; )+) => { $( tuples!(@set ($($name),+) $($name $index),+); )+ };
    (@set $all:tt $($name:ident $index:literal),+) => {
        tuples!(@list $all);
        $( tuples!(@one $all $name $index); )+
    };
    (@list ($($name:ident),+)) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: EventSet),+> EventSet for ($($name,)+) {
    const SEALED: Sealed = Sealed;

            fn list(types: &mut Vec<EventInfo>, open: &mut bool) {
                $( $name::list(types, open); )+
            }
        }
    };
    (@one ($($all:ident),+) $name:ident $index:literal) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),+> Has<$name, Nth<$index>> for ($($all,)+) {
            const SEALED: Sealed = Sealed;
            itself!($name);
        }
    };
}

tuples! {
    (A) => 0;
    (A, B) => 0, 1;
    (A, B, C) => 0, 1, 2;
    (A, B, C, D) => 0, 1, 2, 3;
    (A, B, C, D, E) => 0, 1, 2, 3, 4;
    (A, B, C, D, E, F) => 0, 1, 2, 3, 4, 5;
    (A, B, C, D, E, F, G) => 0, 1, 2, 3, 4, 5, 6;
    (A, B, C, D, E, F, G, H) => 0, 1, 2, 3, 4, 5, 6, 7;
    (A, B, C, D, E, F, G, H, I) => 0, 1, 2, 3, 4, 5, 6, 7, 8;
    (A, B, C, D, E, F, G, H, I, J) => 0, 1, 2, 3, 4, 5, 6, 7, 8, 9;
    (A, B, C, D, E, F, G, H, I, J, K) => 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
    (A, B, C, D, E, F, G, H, I, J, K, L) => 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
}
