//! Memory for the future of a handler: made at its first call, and used again for each further one.
//!
//! A dispatcher calls one handler at a time, so each handler needs one place only. A future that is ready at its first poll is
//! written there, polled and dropped, which costs no more than a call.

use std::alloc::{self, Layout, handle_alloc_error};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// What every place is aligned to at least.
const ALIGN: usize = 16;

/// The layout of a place that has no memory yet.
const EMPTY: Layout = match Layout::from_size_align(0, ALIGN) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// Where a place without memory is: aligned as every other.
const NOWHERE: NonNull<u8> = NonNull::<u128>::dangling().cast();

const _: () = assert!(align_of::<u128>() == ALIGN);

/// A place for one future at a time, whatever its type.
pub(crate) struct FutureSlot<T: 'static> {
    memory: NonNull<u8>,
    layout: Layout,
    /// So many bytes are free, plus one; 0 while a future is there.
    room: usize,
    /// How to go on with the future that is there, and how to drop it.
    occupant: Option<&'static Occupant<T>>,
}

struct Occupant<T: 'static> {
    poll: unsafe fn(NonNull<u8>, &mut Context<'_>) -> Poll<T>,
    drop: unsafe fn(NonNull<u8>),
}

/// Tells of the futures of one type.
struct Of<F>(std::marker::PhantomData<F>);

impl<F: Future<Output: 'static>> Of<F> {
    const OCCUPANT: &'static Occupant<F::Output> = &Occupant { poll: poll::<F>, drop: drop_future::<F> };
}

unsafe fn poll<F: Future>(at: NonNull<u8>, cx: &mut Context<'_>) -> Poll<F::Output> {
    // SAFETY: the caller says that an `F` is there. It is not moved before it is dropped.
    unsafe { Pin::new_unchecked(at.cast::<F>().as_mut()) }.poll(cx)
}

unsafe fn drop_future<F>(at: NonNull<u8>) {
    // SAFETY: the caller says that an `F` is there, and does not use it again.
    unsafe { at.cast::<F>().drop_in_place() }
}

/// Notes what is in a slot, when this is dropped.
struct Stays<'s, T: 'static> {
    slot: &'s mut FutureSlot<T>,
    occupant: &'static Occupant<T>,
}

impl<T: 'static> Drop for Stays<'_, T> {
    fn drop(&mut self) {
        self.slot.occupant = Some(self.occupant);
        self.slot.room = 0;
    }
}

impl<T: 'static> FutureSlot<T> {
    pub(crate) const fn new() -> Self {
        Self { memory: NOWHERE, layout: EMPTY, room: 1, occupant: None }
    }

    /// Puts a future in and polls it. One that is still there is dropped before.
    ///
    /// # Safety
    ///
    /// What the future borrows outlives it: it is polled to its end, or [`clear`](Self::clear)ed, or the slot is dropped, before
    /// anything that it borrows is moved, dropped or used otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the call of a handler")]
    pub(crate) unsafe fn begin<F>(&mut self, future: F, cx: &mut Context<'_>) -> Poll<T>
    where
        F: Future<Output = T> + Send,
    {
        let needed = const { Layout::new::<F>() };
        // All places are aligned so far; few futures are more.
        let aligned = needed.align() <= ALIGN || needed.align() <= self.layout.align();
        if self.room <= needed.size() || !aligned {
            self.make_room(needed);
        }
        let memory = self.memory;
        // It stays there if it is pending or panics.
        let stays = Stays { slot: self, occupant: Of::<F>::OCCUPANT };
        // SAFETY: the memory is large enough and aligned, and nothing is there; then an `F` is.
        let polled = unsafe {
            memory.cast().write(future);
            poll::<F>(memory, cx)
        };
        if polled.is_ready() {
            std::mem::forget(stays);
            // SAFETY: it is there, and forgotten.
            unsafe { drop_future::<F>(memory) }
        }
        polled
    }

    /// Polls the future that is there; pending if there is none.
    pub(crate) fn resume(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let Some(occupant) = self.occupant else { return Poll::Pending };
        // SAFETY: the occupant tells of the future that is there.
        let polled = unsafe { (occupant.poll)(self.memory, cx) };
        if polled.is_ready() {
            self.clear();
        }
        polled
    }

    /// Drops the future that is there.
    pub(crate) fn clear(&mut self) {
        if let Some(occupant) = self.occupant.take() {
            self.room = self.layout.size() + 1;
            // SAFETY: it is there, and forgotten.
            unsafe { (occupant.drop)(self.memory) }
        }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, needed: Layout) {
        self.clear();
        let (size, align) = (needed.size().max(self.layout.size()), needed.align().max(self.layout.align()));
        let layout = Layout::from_size_align(size, align).expect("both are layouts of futures");
        if layout == self.layout {
            return;
        }
        self.free();
        if size == 0 {
            self.memory =
                NonNull::without_provenance(std::num::NonZero::new(align).expect("no alignment is zero"));
        } else {
            // SAFETY: the size is not zero.
            let memory = unsafe { alloc::alloc(layout) };
            let Some(memory) = NonNull::new(memory) else { handle_alloc_error(layout) };
            self.memory = memory;
        }
        self.layout = layout;
        self.room = size + 1;
    }

    fn free(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: it was made with this layout, and is empty.
            unsafe { alloc::dealloc(self.memory.as_ptr(), self.layout) }
        }
        self.layout = EMPTY;
    }
}

impl<T: 'static> Default for FutureSlot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: 'static> Drop for FutureSlot<T> {
    fn drop(&mut self) {
        self.clear();
        self.free();
    }
}

// SAFETY: it owns its memory, and the future in it is `Send`.
unsafe impl<T: 'static> Send for FutureSlot<T> {}
