//! A nexus that is used as the reference's: made, filled, started and stopped by calls.

use std::fmt;
use std::ops::Deref;
use std::sync::Mutex;

use super::{CallError, Overlay};
use crate::error::{RunError, StateError};
use crate::nexus::{Builder, Ledger, Nexus, State, joined, lock};
use crate::plan::BuildError;

/// A nexus of one domain whose handlers, filters and sources are registered by calls, before it is started and while it runs.
///
/// It loops until it is stopped, drained or ended by an error: as long as this exists, it does not end by itself. Through it one
/// reaches all of an [`Overlay`], and of a [`Handle`](crate::Handle).
///
/// ```
/// use nexus::dynamic::{DynamicNexus, Handler};
/// use nexus::{Event, Nexus};
///
/// # nexus::__private::block_on(async {
/// let nexus = DynamicNexus::new(Nexus::empty())?;
/// nexus.add_handler(10, &Handler::sync("show", |event, _| println!("{event:?}")))?;
/// nexus.start()?;
/// nexus.ingest(Event::new(1, 10, 0, "a payload")).await?;
/// nexus.stop()?;
/// let ledger = nexus.join().await?;
/// assert_eq!(ledger.total().handled, 1);
/// nexus.cleanup().await;
/// # Ok::<(), nexus::BoxError>(())
/// # }).unwrap();
/// ```
pub struct DynamicNexus {
    /// Until it is started.
    nexus: Mutex<Option<Nexus>>,
    overlay: Overlay,
}

impl DynamicNexus {
    /// Builds it: with the builder's options, and with what it declares, which stays for good.
    ///
    /// The reference's rules are those of `.policy(Policy::Fail).queue(Order::Fifo).multiple(false).capacity(None)`.
    ///
    /// # Errors
    ///
    /// Every problem of the builder's plan.
    pub fn new(builder: Builder) -> Result<Self, BuildError> {
        let nexus = builder.build()?;
        let overlay = nexus.handle().overlay();
        Ok(Self { nexus: Mutex::new(Some(nexus)), overlay })
    }

    /// Starts it in the background. The state is STARTING at once, and as long as sources are being started; then LOOPING.
    ///
    /// # Errors
    ///
    /// [`RunError::Refused`] with [`CallError::InvalidLoopState`], if it has been started already, or stopped; or there is no
    /// tokio runtime, or it has no clock: then it can be started elsewhere.
    pub fn start(&self) -> Result<(), RunError> {
        self.start_or(|state| StateError { call: "start", needs: "READY", state }.into())
    }

    fn start_or(&self, refused: impl FnOnce(State) -> CallError) -> Result<(), RunError> {
        let mut nexus = lock(&self.nexus);
        nexus.as_ref().ok_or_else(|| refused(self.state()))?.can_start()?;
        if let Some(nexus) = nexus.take() {
            // The overlay's handle keeps it.
            drop(nexus.start()?);
        }
        Ok(())
    }

    /// Starts it, and waits for its end.
    ///
    /// # Errors
    ///
    /// [`RunError::Refused`] with [`CallError::LoopAlreadyStarted`], if it is running, or with [`CallError::LoopStopped`], if it has
    /// stopped; [`RunError::Failed`], if an error ended it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the nexus; the event in hand is handled to its end.
    pub async fn loop_forever(&self) -> Result<Ledger, RunError> {
        struct Stop<'a>(&'a Overlay);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.stop().ok();
            }
        }
        self.start_or(|state| match state {
            State::Stopped => CallError::LoopStopped,
            State::Ready | State::Starting | State::Looping => CallError::LoopAlreadyStarted,
        })?;
        let _stop = Stop(&self.overlay);
        self.join().await
    }

    /// Waits for the end, and gives the accounts; as often as one likes. Before the start it waits until somebody starts the
    /// nexus. Cancel-safe.
    ///
    /// # Errors
    ///
    /// [`RunError::Failed`], if an error ended it.
    pub async fn join(&self) -> Result<Ledger, RunError> {
        joined(&self.overlay.door.shared).await
    }

    /// Enters a scope, which cleans up when it is left.
    ///
    /// # Errors
    ///
    /// [`CallError::BadCall`], if the nexus has been started, or has sources. Handlers and filters are fine.
    pub fn enter(&self) -> Result<Scope, CallError> {
        if self.state() != State::Ready || self.overlay.registrations().has_sources() {
            return Err(CallError::BadCall("a scope is entered before the nexus has sources or is started"));
        }
        Ok(Scope { overlay: Some(self.overlay.clone()) })
    }
}

impl Deref for DynamicNexus {
    type Target = Overlay;

    fn deref(&self) -> &Overlay {
        &self.overlay
    }
}

impl fmt::Debug for DynamicNexus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicNexus").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// A scope of a nexus: when it is left, the nexus is stopped and cleaned up.
#[derive(Debug)]
#[must_use = "dropping it cleans the nexus up"]
pub struct Scope {
    overlay: Option<Overlay>,
}

impl Scope {
    /// Leaves the scope: as [`Overlay::cleanup`], which waits for sources that take time to close.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the rest is done as when the scope is dropped.
    pub async fn exit(mut self) {
        if let Some(overlay) = self.overlay.clone() {
            overlay.cleanup().await;
            self.overlay = None;
        }
    }
}

impl Drop for Scope {
    /// Stops the nexus, and cleans up in the background of the runtime. Outside of one, sources are left unclosed.
    fn drop(&mut self) {
        let Some(overlay) = self.overlay.take() else { return };
        overlay.stop().ok();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { overlay.cleanup().await });
        }
    }
}
