//! What functions may return: nothing, events, or an error.

use crate::error::BoxError;
use crate::event::{Event, EventSet, IntoEvent, NamedEvent};
use crate::sealed::Sealed;

/// Takes returned events one by one.
pub trait Give {
    /// Takes one.
    fn give<E: IntoEvent>(&mut self, event: E);
}

/// What a handler or a timer may return, and what a converter's items may be: nothing, an event, and what holds them.
///
/// `()`, an event, `Option<…>`, `Vec<…>`, a tuple of up to four of these, and `Result<…, E>` with any error.
/// What is returned is emitted, and so belongs to the declared events of the function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emitted",
    label = "neither an event nor something that holds events",
    note = "return `()`, an event, an `Option`, `Vec` or tuple of events, or a `Result` of one of these with any error",
    note = "a struct is an event if it is annotated: `#[named_event] struct …`; an error implements `std::error::Error`"
)]
pub trait Outcome: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;
    /// The events that can be in it.
    type Emits: EventSet;

    /// Gives the events on.
    ///
    /// # Errors
    ///
    /// The error that the function returned.
    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError>;
}

#[diagnostic::do_not_recommend]
impl Outcome for () {
    const SEALED: Sealed = Sealed;
    type Emits = ();

    fn give<G: Give>(self, _: &mut G) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl Outcome for Event {
    const SEALED: Sealed = Sealed;
    type Emits = Event;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        to.give(self);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: NamedEvent> Outcome for E {
    const SEALED: Sealed = Sealed;
    type Emits = E;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        to.give(self);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outcome> Outcome for Option<T> {
    const SEALED: Sealed = Sealed;
    type Emits = T::Emits;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        self.map_or(Ok(()), |events| events.give(to))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outcome> Outcome for Vec<T> {
    const SEALED: Sealed = Sealed;
    type Emits = T::Emits;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        self.into_iter().try_for_each(|events| events.give(to))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outcome, E: Into<BoxError>> Outcome for Result<T, E> {
    const SEALED: Sealed = Sealed;
    type Emits = T::Emits;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        self.map_err(Into::into)?.give(to)
    }
}

macro_rules! tuples {
    ($( ($($name:ident $field:tt),+) )+) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($name: Outcome),+> Outcome for ($($name,)+) {
    const SEALED: Sealed = Sealed;
            type Emits = ($($name::Emits,)+);

            fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
                $( self.$field.give(to)?; )+
                Ok(())
            }
        }
    )+ };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}

/// What a filter decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The event goes on to the next filter, and then to its handlers.
    Pass,
    /// The event ends here, and is counted as consumed.
    Consume,
}

impl From<bool> for Verdict {
    /// `true` consumes.
    fn from(consume: bool) -> Self {
        if consume { Self::Consume } else { Self::Pass }
    }
}

/// What a filter may return: a [`Verdict`], or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a filter cannot return `{Self}`",
    label = "not a verdict",
    note = "return `Verdict` or `Result<Verdict>`; a `bool` becomes one with `.into()`, where `true` consumes"
)]
pub trait VerdictOutcome {
    #[doc(hidden)]
    const SEALED: Sealed;
    /// The verdict.
    ///
    /// # Errors
    ///
    /// The error that the filter returned.
    fn verdict(self) -> Result<Verdict, BoxError>;
}

#[diagnostic::do_not_recommend]
impl VerdictOutcome for Verdict {
    const SEALED: Sealed = Sealed;
    fn verdict(self) -> Result<Verdict, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> VerdictOutcome for Result<Verdict, E> {
    const SEALED: Sealed = Sealed;
    fn verdict(self) -> Result<Verdict, BoxError> {
        self.map_err(Into::into)
    }
}
