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
/// `()`, an event, `Option<…>`, `Vec<…>`, a tuple of up to four of these, and `Result<…, E>` with an error that implements
/// `std::error::Error`, or a text.
/// What is returned is emitted, and so belongs to the declared events of the function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emitted",
    label = "neither an event nor something that holds events",
    note = "return an event, an `Option`, `Vec` or tuple of events, or a `Result` of one of these",
    note = "a struct is an event if it is annotated: `#[named_event] struct …`"
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
impl<T: Outcome, E: IntoError> Outcome for Result<T, E> {
    const SEALED: Sealed = Sealed;
    type Emits = T::Emits;

    fn give<G: Give>(self, to: &mut G) -> Result<(), BoxError> {
        self.map_err(Into::into)?.give(to)
    }
}

/// An error that a function may return: one that can be boxed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error",
    label = "not an error",
    note = "return an error that implements `std::error::Error`, or a text: `Result<…, String>`; `nexus::Result<…>` takes any of them, and a boxed one has to be `Box<dyn Error + Send + Sync>`"
)]
pub trait IntoError: Into<BoxError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoError for E {}

/// A result whose error is boxed.
///
/// # Errors
///
/// The error.
#[inline]
pub fn boxed<T, E: IntoError>(result: Result<T, E>) -> Result<T, BoxError> {
    result.map_err(Into::into)
}

/// What holds that which is returned.
///
/// An [`Outcome`] does what this does, but the compiler can say of one only that the whole of it is none. Generated code takes it
/// apart as it is written, so that an error is about the part that is wrong.
pub trait Holds {
    /// What it holds.
    type Item;

    /// Gives each on, up to the first error.
    ///
    /// # Errors
    ///
    /// That which it holds, or the first one that `give` returns.
    fn each(self, give: impl FnMut(Self::Item) -> Result<(), BoxError>) -> Result<(), BoxError>;
}

impl<T> Holds for Option<T> {
    type Item = T;

    #[inline]
    fn each(self, give: impl FnMut(T) -> Result<(), BoxError>) -> Result<(), BoxError> {
        self.map_or(Ok(()), give)
    }
}

impl<T> Holds for Vec<T> {
    type Item = T;

    #[inline]
    fn each(self, give: impl FnMut(T) -> Result<(), BoxError>) -> Result<(), BoxError> {
        self.into_iter().try_for_each(give)
    }
}

impl<T, E: IntoError> Holds for Result<T, E> {
    type Item = T;

    #[inline]
    fn each(self, mut give: impl FnMut(T) -> Result<(), BoxError>) -> Result<(), BoxError> {
        give(self.map_err(Into::into)?)
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
impl<E: IntoError> VerdictOutcome for Result<Verdict, E> {
    const SEALED: Sealed = Sealed;
    fn verdict(self) -> Result<Verdict, BoxError> {
        self.map_err(Into::into)
    }
}
