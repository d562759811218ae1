//! A tree: an event that entered and all that arose from it, while somebody waits for its end.
//!
//! An event that nobody waits for has no tree. Whoever makes a tree holds it open until all its first events have entered;
//! each event of the tree holds it open until it is settled.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::lock;
use crate::error::Failure;

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

pub(crate) struct Tree {
    pub(crate) origin: Origin,
    state: Mutex<TreeState>,
    done: Notify,
}

#[derive(Default)]
struct TreeState {
    open: usize,
    end: TreeEnd,
    /// The call was cancelled.
    gone: bool,
    /// Some event of it has entered.
    joined: bool,
    /// Those of `open` that are held by boundaries.
    held: usize,
    /// What has not entered is not to enter any more.
    withdrawn: bool,
}

/// What became of a tree.
#[derive(Clone, Default)]
pub(crate) struct TreeEnd {
    /// The error that its caller is owed.
    pub(crate) error: Option<Failure>,
    /// Whether any of its events failed, whoever was told.
    pub(crate) failed: bool,
    /// Whether any of its events was dropped.
    pub(crate) cut: bool,
}

impl Tree {
    /// Makes a tree that its maker holds open.
    pub(crate) fn new(origin: Origin) -> Arc<Self> {
        Arc::new(Self {
            origin,
            state: Mutex::new(TreeState { open: 1, ..TreeState::default() }),
            done: Notify::new(),
        })
    }

    /// Takes one more event in; false if the tree has ended already.
    pub(crate) fn join(&self) -> bool {
        let mut state = lock(&self.state);
        let alive = state.open > 0;
        state.open += usize::from(alive);
        state.joined |= alive;
        alive
    }

    pub(crate) fn was_joined(&self) -> bool {
        lock(&self.state).joined
    }

    /// Keeps the tree open for an event that waits too far back in a boundary; false if nobody waits for the tree.
    pub(crate) fn hold(&self) -> bool {
        let mut state = lock(&self.state);
        let waited_for = state.open > 0 && !state.gone;
        if waited_for {
            state.open += 1;
            state.held += 1;
        }
        waited_for
    }

    /// Such an event has moved up; true if the call has gone meanwhile.
    pub(crate) fn release(&self) -> bool {
        let mut state = lock(&self.state);
        state.held -= 1;
        let gone = state.gone;
        drop(state);
        self.leave();
        gone
    }

    /// One event of the tree is settled, or its maker's hold is released.
    pub(crate) fn leave(&self) {
        let mut state = lock(&self.state);
        state.open -= 1;
        if state.open == 0 {
            drop(state);
            self.done.notify_waiters();
        }
    }

    /// An event of the tree was dropped.
    pub(crate) fn cut(&self) {
        lock(&self.state).end.cut = true;
    }

    pub(crate) fn mark_failed(&self) {
        lock(&self.state).end.failed = true;
    }

    /// Keeps the failure for the call, if it is the first one and the call still waits.
    pub(crate) fn keep(&self, failure: &Failure) -> bool {
        let mut state = lock(&self.state);
        let keep = state.end.error.is_none() && !state.gone;
        if keep {
            state.end.error = Some(failure.clone());
        }
        keep
    }

    /// The call has gone: what was kept for it comes back, to be told to somebody else, and how often the tree is held.
    pub(crate) fn abandon(&self) -> (Option<Failure>, usize) {
        let mut state = lock(&self.state);
        state.gone = true;
        (state.end.error.take(), state.held)
    }

    /// What still stands at a door shall not enter: at once, also where whoever put it there has no turn before.
    pub(crate) fn withdraw(&self) {
        lock(&self.state).withdrawn = true;
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        lock(&self.state).withdrawn
    }

    /// Whether nothing of it is left; cancel-safe.
    pub(crate) async fn done(&self) -> TreeEnd {
        loop {
            let notified = self.done.notified();
            let mut notified = std::pin::pin!(notified);
            notified.as_mut().enable();
            if let Some(end) = self.ended() {
                return end;
            }
            notified.await;
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        lock(&self.state).open == 0
    }

    fn ended(&self) -> Option<TreeEnd> {
        let state = lock(&self.state);
        (state.open == 0).then(|| state.end.clone())
    }
}
