//! Timers that are started, stopped and started again while a nexus runs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use futures_core::future::BoxFuture;
use futures_util::future::{Either, select};
use serde_json::Value;
use tokio::sync::watch;

use super::source::RunsAs;
use super::{CallError, EventFactory, Id, Outlet, Source};
use crate::boundary::{Target, refuse};
use crate::error::{BoxError, Cause, Failure, RunError, panic_message};
use crate::event::{Event, EventType};
use crate::nexus::{Origin, Origins, Policy, Refused, Tree, drop_quietly, has_clock, lock};
use crate::source::Count;

/// The reference's kinds of timers, for those who have a kind and a count from elsewhere. In Rust, say what is meant:
/// `Timer::every(period).count_up(3)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// 1 to the count.
    CountUp,
    /// The count less 1, down to 0.
    CountDown,
    /// 1, 2, 3, … without end; the count has to be 0.
    Ongoing,
    /// 1, once; the count has to be 0 or 1.
    OneShot,
}

impl TimerKind {
    /// A timer of this kind.
    ///
    /// # Errors
    ///
    /// [`CallError::InvalidArgument`], if the count makes no sense for the kind.
    pub fn timer(self, period: std::time::Duration, count: i64) -> Result<crate::Timer, CallError> {
        let count = match (self, count) {
            (Self::CountUp, 1..) => Count::Up(count),
            (Self::CountDown, 1..) => Count::Down(count),
            (Self::Ongoing, 0) => Count::Ongoing,
            (Self::OneShot, 0 | 1) => Count::Once,
            _ => {
                let text = format!("a timer of the kind {self:?} can't have the count {count}");
                return Err(CallError::InvalidArgument(text));
            }
        };
        Ok(crate::Timer { period, count })
    }
}

type Make = dyn Fn(i64) -> Option<Event> + Send + Sync;

/// A timer that can be started, stopped and started again, and that ticks in every nexus it is registered with.
///
/// The first tick comes after one period; the next period begins when the tick's tree is done in every nexus, so that ticks never
/// bunch. An error of a tick's tree is told to the error hook; under [`Policy::Fail`] it also ends the timer, which can be
/// started again. A tick for a nexus that is not running is told to that one's hook, and ends the timer. Clones are the same
/// timer.
///
/// ```
/// use std::time::Duration;
/// use nexus::dynamic::{DynamicNexus, Handler, Timer};
/// use nexus::Nexus;
///
/// # nexus::__private::block_on(async {
/// let nexus = DynamicNexus::new(Nexus::empty())?;
/// let (sender, mut ticks) = tokio::sync::mpsc::unbounded_channel();
/// nexus.add_handler("tick", &Handler::sync("count", move |tick, _| drop(sender.send(tick.json().cloned()))))?;
/// let spec = nexus::Timer::every(Duration::from_millis(1)).count_down(2);
/// let timer = Timer::new("timer", spec, "tick", nexus.factory())?;
/// nexus.add_source(timer.source())?;
/// nexus.start()?;
/// assert_eq!(ticks.recv().await.flatten(), Some(1.into()));
/// assert_eq!(ticks.recv().await.flatten(), Some(0.into()));
/// # Ok::<(), nexus::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Timer {
    core: Arc<Core>,
    source: Source,
}

struct Core {
    name: Arc<str>,
    timer: crate::Timer,
    make: Box<Make>,
    run: Mutex<Run>,
}

#[derive(Default)]
enum Run {
    /// Never started, or stopped.
    #[default]
    Idle,
    Running {
        stop: watch::Sender<bool>,
        /// What may stand at a door.
        tick: Option<Arc<Tree>>,
    },
    /// It has run to its end.
    Ended,
}

impl Timer {
    /// A timer whose ticks are events of one type, with ids from `factory`, priority 0, and the count as payload. A period of
    /// zero ticks as fast as its ticks are handled.
    ///
    /// # Errors
    ///
    /// [`CallError::InvalidArgument`], if the timer counts to 0 or less, or its period is over a hundred years.
    pub fn new(
        name: impl Into<Arc<str>>,
        timer: crate::Timer,
        event_type: impl Into<EventType>,
        factory: &EventFactory,
    ) -> Result<Self, CallError> {
        let (event_type, factory) = (event_type.into(), factory.clone());
        Self::with(name, timer, move |count| {
            Some(factory.create(Id::Auto, event_type.clone(), 0, Value::from(count)))
        })
    }

    /// A timer whose ticks are made by a function of the count; where it gives none, the tick is left out. A panic of it is
    /// reported by every nexus, and ends the timer under [`Policy::Fail`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with(
        name: impl Into<Arc<str>>,
        timer: crate::Timer,
        make: impl Fn(i64) -> Option<Event> + Send + Sync + 'static,
    ) -> Result<Self, CallError> {
        let name: Arc<str> = name.into();
        let mistake = if timer.period.is_zero() { timer.count.mistake() } else { timer.mistake() };
        if let Some(reason) = mistake {
            return Err(CallError::InvalidArgument(format!("the timer `{name}` {reason}")));
        }
        let core = Arc::new(Core { name: name.clone(), timer, make: Box::new(make), run: Mutex::default() });
        let source = Source::runs_as(name, Running(core.clone()));
        Ok(Self { core, source })
    }

    /// The timer as a source, to be added to nexuses, or attached to them.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Starts it, from its first value.
    ///
    /// # Errors
    ///
    /// [`CallError::MultipleStart`] if it is running, [`CallError::MisconfiguredEventProducer`] if it is registered with no
    /// nexus, [`CallError::BadCall`] outside of a tokio runtime, or in one without a clock.
    pub async fn start(&self) -> Result<(), CallError> {
        self.source.start().await.map_err(|error| match error.downcast() {
            Ok(refused) => *refused,
            // Nothing else can go wrong.
            Err(_) => CallError::BadCall("a timer needs a tokio runtime whose time is enabled"),
        })
    }

    /// Stops it: `false` if it had run to its end, else `true`, also if it never ran or was stopped already. The tree of a tick
    /// that has entered is handled to its end.
    pub fn stop(&self) -> bool {
        match std::mem::take(&mut *lock(&self.core.run)) {
            Run::Idle => true,
            run @ Run::Running { .. } => {
                run.stop();
                true
            }
            Run::Ended => false,
        }
    }
}

impl Run {
    /// Ends a run: also a tick that waits at a door does not enter any more.
    fn stop(self) {
        if let Self::Running { stop, tick } = self {
            stop.send_replace(true);
            if let Some(tick) = tick {
                tick.withdraw();
            }
        }
    }

    /// Whether this is the run that `stop` would end.
    fn is(&self, stop: &watch::Receiver<bool>) -> bool {
        matches!(self, Self::Running { stop: sender, .. } if sender.subscribe().same_channel(stop))
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timer").field(&self.core.name).finish()
    }
}

struct Running(Arc<Core>);

impl RunsAs for Running {
    fn start(&self, outlet: Outlet) -> BoxFuture<'_, Result<(), BoxError>> {
        let core = self.0.clone();
        Box::pin(async move {
            if !has_clock() {
                return Err(RunError::NoClock.into());
            }
            let (sender, stop) = watch::channel(false);
            *lock(&core.run) = Run::Running { stop: sender, tick: None };
            tokio::spawn(async move {
                core.tick(&outlet, stop.clone()).await;
                let mut run = lock(&core.run);
                if run.is(&stop) {
                    *run = Run::Ended;
                }
                drop(run);
                drop(outlet);
            });
            Ok(())
        })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        std::mem::take(&mut *lock(&self.0.run)).stop();
        Box::pin(std::future::ready(Ok(())))
    }

    fn is_running(&self) -> Option<bool> {
        Some(matches!(&*lock(&self.0.run), Run::Running { .. }))
    }
}

impl Core {
    async fn tick(&self, outlet: &Outlet, mut stop: watch::Receiver<bool>) {
        for k in 0.. {
            let Some(count) = self.timer.count.value(k) else { return };
            {
                let _asleep = outlet.asleep(self.timer.period);
                let stopped = std::pin::pin!(stop.wait_for(|stop| *stop));
                let period = std::pin::pin!(tokio::time::sleep(self.timer.period));
                if let Either::Left(_) = select(stopped, period).await {
                    return;
                }
            }
            let targets = outlet.targets();
            if targets.iter().all(|target| target.shared.strong_count() == 0) {
                // Nobody is left to tick for.
                return;
            }
            let mut goes_on = true;
            let event = match catch_unwind(AssertUnwindSafe(|| (self.make)(count))) {
                Ok(Some(event)) => event,
                Ok(None) => continue,
                Err(panic) => {
                    if self.failed(outlet, &panic_message(&*panic)) {
                        continue;
                    }
                    return;
                }
            };
            for target in targets {
                if !outlet.sends_to(&target) {
                    continue;
                }
                match self.give(&target, event.share(), &mut stop).await {
                    Some(done) => goes_on &= done,
                    None => return,
                }
            }
            if !goes_on {
                return;
            }
        }
    }

    /// Tells every nexus that the function panicked; false if that ends the timer.
    fn failed(&self, outlet: &Outlet, message: &str) -> bool {
        let mut goes_on = true;
        for target in outlet.targets() {
            if let Some(shared) = target.shared.upgrade() {
                let failure = Failure::of_source(self.name.to_string(), Cause::Panic(message.to_owned()));
                shared.source_failed(target.domain, &failure, false);
                goes_on &= shared.policy == Policy::Report;
            }
        }
        goes_on
    }

    /// Notes what may stand at a door in this run.
    fn stands_at_a_door(&self, stop: &watch::Receiver<bool>, tree: Option<Arc<Tree>>) {
        let mut run = lock(&self.run);
        if run.is(stop)
            && let Run::Running { tick, .. } = &mut *run
        {
            *tick = tree;
        }
    }

    /// Gives a tick to one nexus, and waits until its tree is done; false if the timer has to end after this tick, `None` if it
    /// was stopped while the tick waited at the door, so that it never enters.
    async fn give(&self, target: &Target, event: Event, stop: &mut watch::Receiver<bool>) -> Option<bool> {
        let Some(shared) = target.shared.upgrade() else { return Some(true) };
        let (tree, maker) = Tree::new(Origin::Timer);
        let origins = Origins { tree: Some(tree.clone()), ..Origins::default() };
        self.stands_at_a_door(stop, Some(tree.clone()));
        let entered = {
            let enter = std::pin::pin!(shared.enter(target.domain, event, origins));
            let stopped = std::pin::pin!(stop.wait_for(|stop| *stop));
            match select(enter, stopped).await {
                Either::Left((entered, _)) => entered,
                Either::Right(_) => return None,
            }
        };
        self.stands_at_a_door(stop, None);
        drop(maker);
        if let Err(refused) = entered {
            if matches!(refused, Refused::Cut(_)) && *stop.borrow() {
                drop_quietly(refused.into_inner());
                return None;
            }
            // A type that is not allowed is an error like any other; of what a stop drops at the door nobody is told, so the next tick
            // tells; a nexus that does not run gets no more ticks.
            let goes_on = match refused {
                Refused::InvalidType(_) => shared.policy == Policy::Report,
                Refused::Cut(_) => true,
                _ => false,
            };
            refuse(&self.name, target, refused);
            return Some(goes_on);
        }
        let end = tree.done().await;
        Some(!(end.failed && shared.policy == Policy::Fail))
    }
}
