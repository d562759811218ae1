//! A tree: an event that entered and all that arose from it, while somebody waits for its end.
//!
//! An event that nobody waits for has no tree. Whoever makes a tree is a [`Member`] of it until all its first events have
//! entered; each event of the tree is one until it is settled. When the last member leaves, the tree is done.

use std::future::poll_fn;
#[cfg(not(all(nexus_loom, test)))]
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

#[cfg(all(nexus_loom, test))]
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

use super::lock;
use super::shared::quietly;
use crate::boundary::Way;
use crate::error::Failure;
use crate::raw::Member;

/// Who waits for a tree, and so who is told of its errors under `Policy::Fail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An `ingest` call: its first error is the call's.
    Call,
    /// A converter: its first error ends the run.
    Converter,
    /// A timer: its errors are reported.
    Timer,
    /// A boundary: its errors are reported, and nothing waits for it but the boundary.
    Boundary,
}

#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) origin: Origin,
    /// The way back of all its events, if they came through a boundary together.
    pub(crate) way: Option<Way>,
    members: AtomicUsize,
    /// Some event of it has entered.
    entered: AtomicBool,
    /// Something has been noted in its state.
    noted: AtomicBool,
    state: Mutex<TreeState>,
    /// Somebody waits for its end, or has done so.
    awaited: AtomicBool,
    /// Whoever does: there is one at most.
    waiter: Mutex<Option<Waker>>,
}

#[derive(Debug, Default)]
struct TreeState {
    end: TreeEnd,
    /// The call was cancelled.
    gone: bool,
    /// Those of the members that are held by boundaries.
    held: usize,
    /// What has not entered is not to enter any more.
    withdrawn: bool,
}

/// What became of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct TreeEnd {
    /// The error that its caller is owed.
    pub(crate) error: Option<Failure>,
    /// Whether any of its events failed, whoever was told.
    pub(crate) failed: bool,
    /// Whether any of its events was dropped.
    pub(crate) cut: bool,
}

impl Tree {
    /// Makes a tree whose maker is a member.
    pub(crate) fn new(origin: Origin) -> (Arc<Self>, Member) {
        Self::with(origin, None)
    }

    /// Makes the tree of events that come through a boundary.
    pub(crate) fn of_boundary(way: Way) -> (Arc<Self>, Member) {
        Self::with(Origin::Boundary, Some(way))
    }

    fn with(origin: Origin, way: Option<Way>) -> (Arc<Self>, Member) {
        let tree = Arc::new(Self {
            origin,
            way,
            members: AtomicUsize::new(0),
            entered: AtomicBool::new(false),
            noted: AtomicBool::new(false),
            state: Mutex::default(),
            awaited: AtomicBool::new(false),
            waiter: Mutex::new(None),
        });
        let maker = Member::first(&tree);
        (tree, maker)
    }

    /// Begins again with a tree that is done, if nobody else has it.
    pub(crate) fn again(tree: Arc<Self>) -> Option<(Arc<Self>, Member)> {
        // There are no weak ones, so who has the last one has it alone.
        if Arc::strong_count(&tree) != 1 {
            return None;
        }
        // What others did with it before they gave it up is seen here.
        fence(Ordering::Acquire);
        tree.entered.store(false, Ordering::Relaxed);
        tree.awaited.store(false, Ordering::Relaxed);
        if tree.noted.load(Ordering::Relaxed) {
            tree.noted.store(false, Ordering::Relaxed);
            *lock(&tree.state) = TreeState::default();
        }
        let maker = Member::first(&tree);
        Some((tree, maker))
    }

    /// Counts the first member. For [`Member`] alone, as the next three.
    pub(crate) fn begin(&self) {
        self.members.store(1, Ordering::Relaxed);
    }

    /// Counts members besides one that there is.
    pub(crate) fn add(&self, members: usize) {
        self.members.fetch_add(members, Ordering::Relaxed);
    }

    /// Counts a member; false if the tree is done already.
    pub(crate) fn join(&self) -> bool {
        let one_more = |members: usize| (members > 0).then_some(members + 1);
        self.members.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Counts members no more; true if they were the last ones.
    pub(crate) fn leave(&self, members: usize) -> bool {
        // Before `tell` looks whether somebody waits, as `poll_done` looks at this when it has said so.
        self.members.fetch_sub(members, Ordering::SeqCst) == members
    }

    /// Tells who waits that it is done.
    pub(crate) fn tell(&self) {
        if self.awaited.load(Ordering::SeqCst)
            && let Some(waiter) = self.waiter()
        {
            quietly("a waker", || waiter.wake());
        }
    }

    pub(crate) fn note_entry(&self) {
        self.entered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_entered(&self) -> bool {
        self.entered.load(Ordering::Relaxed)
    }

    /// Keeps the tree open for an event that waits too far back in a boundary; `None` if nobody waits for the tree.
    pub(crate) fn hold(self: &Arc<Self>) -> Option<Member> {
        let mut state = self.note();
        if state.gone {
            return None;
        }
        let member = Member::join(self);
        state.held += usize::from(member.is_some());
        member
    }

    /// Such an event has moved up; true if the call has gone meanwhile.
    pub(crate) fn release(&self) -> bool {
        let mut state = self.note();
        state.held -= 1;
        state.gone
    }

    /// An event of the tree was dropped.
    pub(crate) fn cut(&self) {
        self.note().end.cut = true;
    }

    pub(crate) fn mark_failed(&self) {
        self.note().end.failed = true;
    }

    /// Keeps the failure for the call, if it is the first one and the call still waits.
    pub(crate) fn keep(&self, failure: &Failure) -> bool {
        let mut state = self.note();
        let keep = state.end.error.is_none() && !state.gone;
        if keep {
            state.end.error = Some(failure.clone());
        }
        keep
    }

    /// The call has gone: what was kept for it comes back, to be told to somebody else, and how often the tree is held.
    pub(crate) fn abandon(&self) -> (Option<Failure>, usize) {
        let waiter = self.waiter();
        quietly("a waker", || drop(waiter));
        let mut state = self.note();
        state.gone = true;
        (state.end.error.take(), state.held)
    }

    /// What still stands at a door shall not enter: at once, also where whoever put it there has no turn before.
    pub(crate) fn withdraw(&self) {
        self.note().withdrawn = true;
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.note().withdrawn
    }

    /// Waits until nothing of it is left; cancel-safe.
    pub(crate) async fn done(&self) -> TreeEnd {
        poll_fn(|cx| self.poll_done(cx)).await;
        self.end()
    }

    /// Whether nothing of it is left; else the one who waits for that is woken when it is so.
    pub(crate) fn poll_done(&self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_done() {
            let waker = cx.waker().clone();
            let before = lock(&self.waiter).replace(waker);
            quietly("a waker", || drop(before));
            // Before it looks again, as `leave` counts before `tell` looks at this.
            self.awaited.store(true, Ordering::SeqCst);
            if !self.is_done() {
                return Poll::Pending;
            }
        }
        if self.awaited.load(Ordering::Relaxed) {
            let waiter = self.waiter();
            quietly("a waker", || drop(waiter));
        }
        Poll::Ready(())
    }

    fn waiter(&self) -> Option<Waker> {
        lock(&self.waiter).take()
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.members.load(Ordering::SeqCst) == 0
    }

    /// Whether nothing has been noted of it: then it can be kept to be used again.
    pub(crate) fn is_unmarked(&self) -> bool {
        !self.noted.load(Ordering::Relaxed)
    }

    /// What became of it, when it is done.
    pub(crate) fn end(&self) -> TreeEnd {
        if self.noted.load(Ordering::Relaxed) { self.note().end.clone() } else { TreeEnd::default() }
    }

    fn note(&self) -> MutexGuard<'_, TreeState> {
        self.noted.store(true, Ordering::Relaxed);
        lock(&self.state)
    }
}
