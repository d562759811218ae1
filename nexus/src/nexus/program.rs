//! What `#[nexus::main]` puts around a program: a runtime, signals, and an exit code.
#![cfg(feature = "macros")]

use std::cell::Cell;
use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use super::handle::{Handle, WeakHandle};
use super::life::State;
use super::lock;
use crate::error::BoxError;

/// The runtime that a program asks for.
#[derive(Clone, Copy, Debug)]
pub enum Flavor {
    /// One thread.
    CurrentThread,
    /// Several; `None` for as many as there are cores.
    MultiThread(Option<usize>),
}

/// The options of `#[nexus::main]`.
#[derive(Clone, Copy, Debug)]
pub struct Main {
    /// The runtime.
    pub flavor: Flavor,
}

/// What a `main` may return: `()`, or a `Result` of it with any error that can be displayed.
#[diagnostic::on_unimplemented(
    message = "a `main` under `#[nexus::main]` cannot return `{Self}`",
    label = "neither `()` nor a `Result` of it",
    note = "write `async fn main() -> nexus::Result`"
)]
pub trait MainOutcome {
    /// Prints the error if there is one, and gives the exit code.
    fn exit_code(self) -> ExitCode;
}

#[diagnostic::do_not_recommend]
impl MainOutcome for () {
    fn exit_code(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

#[diagnostic::do_not_recommend]
impl<E: Display> MainOutcome for Result<(), E> {
    fn exit_code(self) -> ExitCode {
        match self {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

/// The nexuses that signals go to; `None` while no `#[nexus::main]` runs.
static RUNNING: Mutex<Option<Vec<WeakHandle>>> = Mutex::new(None);

/// Lets signals reach a nexus that has been started.
pub(crate) fn enlist(handle: &Handle) {
    if let Some(running) = &mut *lock(&RUNNING) {
        running.retain(|weak| weak.cell.get().is_some_and(|shared| shared.strong_count() > 0));
        running.push(handle.downgrade());
    }
}

/// Runs a program: the first Ctrl-C or SIGTERM drains its nexuses, the second aborts them, the third ends the process.
/// While no nexus runs, the first one ends the program.
///
/// When `program` has ended, the process ends: tasks and blocking work that nobody waited for are left as they are.
pub fn run_main<R: MainOutcome>(options: Main, program: impl Future<Output = R>) -> ExitCode {
    let mut builder = match options.flavor {
        Flavor::CurrentThread => tokio::runtime::Builder::new_current_thread(),
        Flavor::MultiThread(threads) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            if let Some(threads) = threads {
                builder.worker_threads(threads);
            }
            builder
        }
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Err::<(), _>(format!("the runtime could not be started: {error}")).exit_code(),
    };
    *lock(&RUNNING) = Some(Vec::new());
    let code = runtime.block_on(async {
        let mut program = std::pin::pin!(program);
        let signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return Err::<(), _>(format!("signals can't be listened to: {error}")).exit_code(),
        };
        let aborted = Cell::new(None);
        let mut watched = std::pin::pin!(obey(signals, &aborted));
        std::future::poll_fn(|cx| {
            if let std::task::Poll::Ready(outcome) = program.as_mut().poll(cx) {
                let code = outcome.exit_code();
                return std::task::Poll::Ready(aborted.get().map_or(code, ExitCode::from));
            }
            watched.as_mut().poll(cx).map(ExitCode::from)
        })
        .await
    });
    // A blocking read of a terminal, or a handler that blocks, would else keep the process from ending.
    runtime.shutdown_background();
    code
}

/// How long a drain may take before somebody who waits is told of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Carries signals out; returns the exit code if the program has to be left, and notes that of a program that was aborted.
async fn obey(mut signals: Signals, aborted: &Cell<Option<u8>>) -> u8 {
    for count in 1.. {
        let soon = tokio::time::timeout(PATIENCE, signals.next()).await;
        if soon.is_err() && count == 2 {
            writeln!(std::io::stderr(), "nexus: handling what waits; another signal aborts").ok();
        }
        let code = if let Ok(code) = soon { code } else { signals.next().await };
        let running: Vec<Handle> = lock(&RUNNING).iter().flatten().filter_map(WeakHandle::upgrade).collect();
        let alive = running.iter().any(|handle| !matches!(handle.state(), State::Ready | State::Stopped));
        match count {
            1 if alive => {
                tracing::info!(target: "nexus", "a signal: draining; another one aborts");
                for handle in &running {
                    while handle.state() == State::Starting {
                        tokio::task::yield_now().await;
                    }
                    handle.drain().ok();
                }
            }
            2 if !running.is_empty() => {
                tracing::info!(target: "nexus", "a second signal: aborting");
                aborted.set(Some(code));
                for handle in &running {
                    handle.abort().ok();
                }
            }
            _ => return code,
        }
    }
    unreachable!("signals are counted without end")
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, BoxError> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one; gives the exit code that a shell would give.
    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|cx| {
            if self.interrupt.poll_recv(cx).is_ready() {
                return std::task::Poll::Ready(130);
            }
            self.terminate.poll_recv(cx).map(|_| 143)
        })
        .await
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self, BoxError> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
