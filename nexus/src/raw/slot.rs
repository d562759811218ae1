//! A piece of state, found by a compare of two type ids: no call through a table of functions.

use std::any::{Any, TypeId};
use std::sync::Arc;

/// A piece of state, as the plan holds it.
#[derive(Clone)]
pub struct StateSlot {
    id: TypeId,
    value: Arc<dyn Any + Send + Sync>,
}

impl StateSlot {
    pub(crate) fn new(value: Arc<dyn Any + Send + Sync>) -> Self {
        Self { id: (*value).type_id(), value }
    }

    /// The value, if it is a `T`.
    #[inline]
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        // SAFETY: the value is of the type that this id is of.
        (self.id == TypeId::of::<T>()).then(|| unsafe { &*Arc::as_ptr(&self.value).cast() })
    }

    /// The value as it is shared, if it is a `T`.
    pub(crate) fn shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.value.clone().downcast().ok()
    }
}

/// A component, found in the same way.
pub(crate) struct ComponentSlot {
    id: TypeId,
    value: Box<dyn Any + Send>,
}

impl ComponentSlot {
    pub(crate) fn new(value: Box<dyn Any + Send>) -> Self {
        Self { id: (*value).type_id(), value }
    }

    /// The value, if it is a `T`.
    #[inline]
    pub(crate) fn get<T: 'static>(&mut self) -> Option<&mut T> {
        let value: *mut (dyn Any + Send) = &raw mut *self.value;
        // SAFETY: the value is of the type that this id is of, and is borrowed as long as this slot.
        (self.id == TypeId::of::<T>()).then(|| unsafe { &mut *value.cast() })
    }
}
