//! A value in an allocation of its own, which is reached by a pointer alone: what a pending future borrows stays untouched when
//! the owner is.

use std::ptr::NonNull;

pub(crate) struct Apart<T>(NonNull<T>);

impl<T> Apart<T> {
    pub(crate) fn new(value: T) -> Self {
        let value = Box::into_raw(Box::new(value));
        // SAFETY: a box is not null.
        Self(unsafe { NonNull::new_unchecked(value) })
    }

    /// Where the value is.
    #[inline]
    pub(crate) fn at(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// Nothing else borrows it as long as this does.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "that is what the caller answers for")]
    pub(crate) unsafe fn get<'a>(&self) -> &'a mut T {
        // SAFETY: it lives as long as its owner; the rest is as the caller says.
        unsafe { &mut *self.0.as_ptr() }
    }
}

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        // SAFETY: it was a box, and is given up.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

// SAFETY: it owns its value.
unsafe impl<T: Send> Send for Apart<T> {}
