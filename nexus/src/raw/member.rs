//! An event's membership of a tree, in one pointer: no count of references changes when an event comes or goes.
//!
//! A tree counts its members, and keeps itself alive as long as it has any: whoever takes the last one out lets the tree go.
//! The dispatcher does not change that count for each event: a [`Tally`] gathers what comes and goes in one tree.

use std::ptr::NonNull;
use std::sync::Arc;

use crate::nexus::Tree;

/// One membership of a tree: an event's, or its maker's.
#[derive(Debug)]
pub struct Member(NonNull<Tree>);

impl Member {
    /// The first one of a tree that has none.
    pub(crate) fn first(tree: &Arc<Tree>) -> Self {
        tree.begin();
        let kept = Arc::into_raw(tree.clone()).cast_mut();
        // SAFETY: a pointer out of an `Arc` is not null.
        Self(unsafe { NonNull::new_unchecked(kept) })
    }

    #[inline]
    pub(crate) fn tree(&self) -> &Tree {
        // SAFETY: a tree with a member keeps itself alive.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn arc(&self) -> Arc<Tree> {
        // SAFETY: the pointer is that of an `Arc`, which is kept as long as there is a member.
        unsafe {
            Arc::increment_strong_count(self.0.as_ptr());
            Arc::from_raw(self.0.as_ptr())
        }
    }

    /// One more of the same tree.
    pub(crate) fn again(&self) -> Self {
        self.tree().add(1);
        Self(self.0)
    }

    /// One more of a tree, unless it has none left.
    pub(crate) fn join(tree: &Arc<Tree>) -> Option<Self> {
        let at = Arc::as_ptr(tree).cast_mut();
        // SAFETY: a pointer out of an `Arc` is not null.
        tree.join().then(|| Self(unsafe { NonNull::new_unchecked(at) }))
    }
}

/// Memberships of one tree that have been counted together, to be given out one by one. What is left is given up.
pub(crate) struct Members {
    tree: NonNull<Tree>,
    left: usize,
}

impl Members {
    /// So many more of a tree.
    pub(crate) fn of(member: &Member, count: usize) -> Self {
        member.tree().add(count);
        Self { tree: member.0, left: count }
    }

    /// One of them.
    #[inline]
    pub(crate) fn give(&mut self) -> Member {
        if self.left == 0 {
            self.more();
        }
        self.left -= 1;
        Member(self.tree)
    }

    #[cold]
    fn more(&mut self) {
        const MORE: usize = 16;
        // SAFETY: whoever made these is a member, or an event that has been given one is.
        unsafe { self.tree.as_ref() }.add(MORE);
        self.left = MORE;
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        if self.left > 0 {
            // SAFETY: these have not been given out.
            drop(unsafe { leave(self.tree, self.left) });
        }
    }
}

// SAFETY: it stands for members.
unsafe impl Send for Members {}
// SAFETY: a shared one gives nothing away.
unsafe impl Sync for Members {}

/// Takes so many members out of a tree; the last one lets it go.
///
/// # Safety
///
/// There are so many members, which are not used again.
unsafe fn leave(tree: NonNull<Tree>, members: usize) -> Option<Done> {
    // SAFETY: as long as it has members, it is alive.
    let last = unsafe { tree.as_ref() }.leave(members);
    if last { Some(Done(tree)) } else { None }
}

impl Drop for Member {
    fn drop(&mut self) {
        // SAFETY: this one is not used again.
        drop(unsafe { leave(self.0, 1) });
    }
}

// SAFETY: it stands for an `Arc` of a tree.
unsafe impl Send for Member {}
// SAFETY: the same.
unsafe impl Sync for Member {}

/// A tree that has lost its last member: whoever waits for it is told when this is dropped.
#[must_use = "whoever waits for the tree is told when this is dropped"]
pub(crate) struct Done(NonNull<Tree>);

impl Drop for Done {
    fn drop(&mut self) {
        // SAFETY: the members have left their `Arc` to this.
        let tree = unsafe { Arc::from_raw(self.0.as_ptr()) };
        tree.tell();
    }
}

/// What has come and gone in one tree, and has not been told to it yet.
///
/// Events that came are not counted by the tree until this is flushed, and need not be: since the last flush some member that
/// the tree does count has been in a queue or in hand, or is among those that have gone here.
pub(crate) struct Tally {
    tree: NonNull<Tree>,
    come: usize,
    gone: usize,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self { tree: NonNull::dangling(), come: 0, gone: 0 }
    }

    /// An event arises in the tree of the one in hand, which is a member of it.
    #[inline]
    pub(crate) fn comes(&mut self, hand: &Member) -> Member {
        if self.tree == hand.0 && self.gone > 0 {
            self.gone -= 1;
            return Member(hand.0);
        }
        self.comes_first(hand)
    }

    fn comes_first(&mut self, hand: &Member) -> Member {
        if self.tree != hand.0 {
            if self.gone > 0 {
                // What is kept here of another tree is told when the event in hand goes.
                return hand.again();
            }
            self.flush_come();
            self.tree = hand.0;
        }
        self.come += 1;
        Member(hand.0)
    }

    fn flush_come(&mut self) {
        if self.come > 0 {
            // SAFETY: the events that came are members, so their tree is alive.
            unsafe { self.tree.as_ref() }.add(std::mem::take(&mut self.come));
        }
    }

    /// An event has gone. What comes back is another tree's end.
    #[inline]
    pub(crate) fn goes(&mut self, member: Member) -> Option<Done> {
        let tree = member.0;
        std::mem::forget(member);
        if self.tree == tree && self.come == 0 {
            self.gone += 1;
            return None;
        }
        self.goes_first(tree)
    }

    /// The same for several events of the tree of one, which stays.
    pub(crate) fn go(&mut self, member: &Member, count: usize) -> Option<Done> {
        if self.tree != member.0 {
            let done = if self.is_empty() { None } else { self.flush() };
            (self.tree, self.gone) = (member.0, count);
            return done;
        }
        let of_those_that_came = count.min(self.come);
        self.come -= of_those_that_came;
        self.gone += count - of_those_that_came;
        None
    }

    fn goes_first(&mut self, tree: NonNull<Tree>) -> Option<Done> {
        if self.tree == tree {
            if self.come > 0 {
                self.come -= 1;
            } else {
                self.gone += 1;
            }
            return None;
        }
        let done = self.flush();
        self.tree = tree;
        self.gone = 1;
        done
    }

    /// Tells the tree.
    pub(crate) fn flush(&mut self) -> Option<Done> {
        self.flush_come();
        let (tree, gone) =
            (std::mem::replace(&mut self.tree, NonNull::dangling()), std::mem::take(&mut self.gone));
        if gone == 0 {
            return None;
        }
        // SAFETY: these members have been given up here.
        unsafe { leave(tree, gone) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.come == 0 && self.gone == 0
    }
}

// SAFETY: it stands for members.
unsafe impl Send for Tally {}
