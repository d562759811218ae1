//! An event on its way in, whatever its type is: what is not on the shortest way is written, and compiled, once for all types.

use super::levels::Bundle;
use crate::event::{Event, EventType, IntoEvent};
use crate::raw::{Log, Tags};

/// What a queue has to know of an event before it has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// See [`IntoEvent::number`].
    pub(crate) number: u16,
    /// See [`IntoEvent::level`].
    pub(crate) level: i32,
    /// See [`IntoEvent::is_numbered`].
    pub(crate) is_numbered: bool,
    /// See [`IntoEvent::is_one_bit`].
    pub(crate) is_one_bit: bool,
}

impl Facts {
    #[inline]
    pub(crate) fn of<E: IntoEvent>(event: &E) -> Self {
        let (level, is_numbered, is_one_bit) = (event.level(), event.is_numbered(), event.is_one_bit());
        Self { number: E::number(), level, is_numbered, is_one_bit }
    }
}

/// An event of any type, until it has entered: one that is refused is still there.
pub(crate) trait Arrival {
    /// # Panics
    ///
    /// If the event is gone.
    fn facts(&self) -> Facts;

    /// # Panics
    ///
    /// If the event is gone.
    fn name(&self) -> EventType;

    /// Puts it into a queue.
    fn write(&mut self, log: &mut Log, short: u32, id: Option<i64>, tags: Tags);

    /// Takes it out, as a whole.
    fn whole(&mut self) -> Option<Event>;

    /// Puts it in again, out of a bundle that it alone is in.
    fn come_back(&mut self, bundle: Bundle);
}

impl<E: IntoEvent> Arrival for Option<E> {
    fn facts(&self) -> Facts {
        let Some(event) = self else { gone() };
        Facts::of(event)
    }

    fn name(&self) -> EventType {
        let Some(event) = self else { gone() };
        event.name()
    }

    fn write(&mut self, log: &mut Log, short: u32, id: Option<i64>, tags: Tags) {
        if let Some(event) = self.take() {
            event.write(log, short, id, tags);
        }
    }

    fn whole(&mut self) -> Option<Event> {
        self.take().map(E::into_event)
    }

    fn come_back(&mut self, mut bundle: Bundle) {
        *self = bundle.pop().and_then(E::from_event);
    }
}

#[cold]
fn gone() -> ! {
    unreachable!("an event is asked about before it enters")
}
