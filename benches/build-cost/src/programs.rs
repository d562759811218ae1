//! The same program for each framework: a number of event types with a handler each, which adds up in a shared counter what is in
//! the events. It sends one event of each type, waits until they have been handled, and prints the sum.
//!
//! The handlers stand in modules, as people would write them. Everything is written as the framework's documentation shows it, with
//! its macros. Nothing is left to the framework that does not belong to it.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::cargo::succeed;

/// So many handlers stand in one module; no number of handlers that is measured is a multiple, so one more makes no new module.
const IN_MODULE: usize = 30;

/// What a program is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Framework {
    Nexus,
    Kameo,
    Jaeb,
    /// A channel, an enum and a `match`.
    Floor,
}

impl Framework {
    pub(crate) const ALL: [Self; 4] = [Self::Nexus, Self::Kameo, Self::Jaeb, Self::Floor];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nexus => "nexus",
            Self::Kameo => "kameo",
            Self::Jaeb => "jaeb",
            Self::Floor => "floor",
        }
    }

    /// What a user writes under `[dependencies]`.
    fn dependencies(self) -> String {
        let tokio = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";
        match self {
            Self::Nexus => {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nexus");
                format!("nexus = {{ path = '{}' }}\n", path.display())
            }
            Self::Kameo => format!("kameo = \"0.22\"\n{tokio}"),
            Self::Jaeb => format!("jaeb = {{ version = \"0.5\", features = [\"macros\"] }}\n{tokio}"),
            Self::Floor => {
                "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\", \"sync\"] }\n"
                    .to_owned()
            }
        }
    }

    /// The file `main.rs`, with so many modules.
    fn main(self, modules: usize, handlers: usize) -> String {
        let declared = all(modules, |module| format!("mod part_{module};\n"));
        let send = |to: &str| all(modules, |module| format!("    part_{module}::send(&{to}).await?;\n"));
        match self {
            Self::Nexus => nexus_main(&declared, &send("running")),
            Self::Kameo => kameo_main(&declared, &send("counter")),
            Self::Jaeb => {
                let register = |module| format!("    let builder = part_{module}::register(builder);\n");
                jaeb_main(&declared, &all(modules, register), &send("bus"))
            }
            Self::Floor => {
                let module = |handler: usize| format!("part_{}", handler / IN_MODULE);
                let variant = |n| format!("    Event{n}({}::Event{n}),\n", module(n));
                let arm = |n| {
                    format!(
                        "            Event::Event{n}(event) => {}::count_{n}(&event, counter).await,\n",
                        module(n)
                    )
                };
                floor_main(&declared, &all(handlers, variant), &all(handlers, arm), &send("events"))
            }
        }
    }

    /// The file of one module, with these handlers.
    fn module(self, handlers: std::ops::Range<usize>) -> String {
        let each = |text: &dyn Fn(usize) -> String| handlers.clone().map(text).collect::<String>();
        match self {
            Self::Nexus => {
                let items = each(&|n| {
                    format!(
                        "
#[named_event]
pub struct Event{n} {{
    amount: u64,
}}

#[handler(Event{n})]
async fn count_{n}(event: &Event{n}, counter: &Counter) {{
    counter.add(event.amount);
}}
"
                    )
                });
                let sends = each(&|n| format!("    handle.emit(Event{n} {{ amount: {} }}).await?;\n", n + 1));
                format!(
                    "use nexus::prelude::*;\n\nuse crate::Counter;\n{items}
pub async fn send(handle: &Handle) -> nexus::Result {{\n{sends}    Ok(())\n}}\n"
                )
            }
            Self::Kameo => {
                let items = each(&|n| {
                    format!(
                        "
    #[message]
    pub async fn count_{n}(&mut self, amount: u64) {{
        self.sum += amount;
    }}
"
                    )
                });
                let sends =
                    each(&|n| format!("    counter.tell(Count{n} {{ amount: {} }}).await?;\n", n + 1));
                format!(
                    "use kameo::prelude::*;\n\nuse crate::{{Counter, Result}};

#[messages]
impl Counter {{{items}}}

pub async fn send(counter: &ActorRef<Counter>) -> Result {{\n{sends}    Ok(())\n}}\n"
                )
            }
            Self::Jaeb => {
                let items = each(&|n| {
                    format!(
                        "
#[derive(Clone)]
pub struct Event{n} {{
    amount: u64,
}}

#[handler]
async fn count_{n}(event: &Event{n}, Dep(counter): Dep<Arc<Counter>>) -> HandlerResult {{
    counter.add(event.amount);
    Ok(())
}}
"
                    )
                });
                let registered = each(&|n| format!("        .handler(count_{n})\n"));
                let sends = each(&|n| format!("    bus.publish(Event{n} {{ amount: {} }}).await?;\n", n + 1));
                format!(
                    "use std::sync::Arc;\n\nuse jaeb::{{Dep, EventBus, EventBusBuilder, HandlerResult, handler}};

use crate::{{Counter, Result}};
{items}
pub fn register(builder: EventBusBuilder) -> EventBusBuilder {{\n    builder\n{registered}}}

pub async fn send(bus: &EventBus) -> Result {{\n{sends}    Ok(())\n}}\n"
                )
            }
            Self::Floor => {
                let items = each(&|n| {
                    format!(
                        "
pub struct Event{n} {{
    amount: u64,
}}

pub async fn count_{n}(event: &Event{n}, counter: &Counter) {{
    counter.add(event.amount);
}}
"
                    )
                });
                let sends = each(&|n| {
                    format!("    events.send(Event::Event{n}(Event{n} {{ amount: {} }})).await?;\n", n + 1)
                });
                format!(
                    "use tokio::sync::mpsc::Sender;\n\nuse crate::{{Counter, Event, Result}};\n{items}
pub async fn send(events: &Sender<Event>) -> Result {{\n{sends}    Ok(())\n}}\n"
                )
            }
        }
    }
}

fn nexus_main(declared: &str, send: &str) -> String {
    // Nothing annotated is a problem where everything annotated is asked for.
    let begin = if send.is_empty() { "empty" } else { "builder" };
    format!(
        "use std::sync::Arc;\n\nuse nexus::prelude::*;\n\n{declared}{COUNTER}
#[nexus::main]
async fn main() -> nexus::Result {{
    let counter = Arc::new(Counter::default());
    let running = Nexus::{begin}().shared_state(counter.clone()).build()?.start()?;
    running.started().await;
{send}    running.drain()?;
    running.join().await?;
    println!(\"{{}}\", counter.sum());
    Ok(())
}}
"
    )
}

fn kameo_main(declared: &str, send: &str) -> String {
    format!(
        "use kameo::prelude::*;\n\n{declared}
{RESULT}
#[derive(Actor, Default)]
struct Counter {{
    sum: u64,
}}

#[messages]
impl Counter {{
    #[message]
    fn sum(&self) -> u64 {{
        self.sum
    }}
}}

#[tokio::main]
async fn main() -> Result {{
    let counter = Counter::spawn(Counter::default());
{send}    let sum = counter.ask(Sum).await?;
    counter.stop_gracefully().await?;
    counter.wait_for_shutdown().await;
    println!(\"{{sum}}\");
    Ok(())
}}
"
    )
}

fn jaeb_main(declared: &str, register: &str, send: &str) -> String {
    format!(
        "use std::sync::Arc;\n\nuse jaeb::{{Deps, EventBus}};\n\n{declared}{COUNTER}
{RESULT}
#[tokio::main]
async fn main() -> Result {{
    let counter = Arc::new(Counter::default());
    let builder = EventBus::builder().deps(Deps::new().insert(counter.clone()));
{register}    let bus = builder.build().await?;
{send}    bus.shutdown().await?;
    println!(\"{{}}\", counter.sum());
    Ok(())
}}
"
    )
}

fn floor_main(declared: &str, variants: &str, arms: &str, send: &str) -> String {
    format!(
        "use std::sync::Arc;\n\nuse tokio::sync::mpsc;\n\n{declared}{COUNTER}
{RESULT}
enum Event {{
    End,
{variants}}}

async fn dispatch(mut events: mpsc::Receiver<Event>, counter: &Counter) {{
    while let Some(event) = events.recv().await {{
        match event {{
            Event::End => return,
{arms}        }}
    }}
}}

#[tokio::main]
async fn main() -> Result {{
    let counter = Arc::new(Counter::default());
    let (events, received) = mpsc::channel(1024);
    let shared = counter.clone();
    let dispatcher = tokio::spawn(async move {{ dispatch(received, &shared).await }});
{send}    events.send(Event::End).await?;
    dispatcher.await?;
    println!(\"{{}}\", counter.sum());
    Ok(())
}}
"
    )
}

const RESULT: &str =
    "type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;\n";

const COUNTER: &str = "
/// What the handlers share.
#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU64);

impl Counter {
    fn add(&self, amount: u64) {
        self.0.fetch_add(amount, std::sync::atomic::Ordering::Relaxed);
    }

    fn sum(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}
";

fn all(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

/// A generated program, and where it is built.
pub(crate) struct Program {
    pub(crate) framework: Framework,
    pub(crate) handlers: usize,
    pub(crate) folder: PathBuf,
    /// Programs of one framework share what they depend on.
    pub(crate) target: PathBuf,
}

impl Program {
    pub(crate) fn new(framework: Framework, handlers: usize, root: &Path) -> Self {
        let name = framework.name();
        let (folder, target) = (root.join(format!("{name}-{handlers}")), root.join(format!("target-{name}")));
        Self { framework, handlers, folder, target }
    }

    fn name(&self) -> String {
        format!("with-{}-{}", self.framework.name(), self.handlers)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// Writes it with so many handlers: its own number, or one more.
    pub(crate) fn write(&self, handlers: usize) -> Result<(), Error> {
        let sources = self.folder.join("src");
        fs::create_dir_all(&sources)?;
        let (name, dependencies) = (self.name(), self.framework.dependencies());
        let mut manifest = format!(
            "[workspace]\n\n[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}
[profile.release]\nstrip = true\n"
        );
        if self.framework == Framework::Nexus {
            // As cargo builds what comes from a registry.
            for package in ["nexus", "nexus-macros"] {
                write!(manifest, "\n[profile.dev.package.{package}]\nincremental = false\n")?;
            }
        }
        replace(&self.manifest(), &manifest)?;
        let modules = handlers.div_ceil(IN_MODULE);
        replace(&sources.join("main.rs"), &self.framework.main(modules, handlers))?;
        for module in 0..modules {
            let first = module * IN_MODULE;
            let handlers = first..handlers.min(first + IN_MODULE);
            replace(&sources.join(format!("part_{module}.rs")), &self.framework.module(handlers))?;
        }
        Ok(())
    }

    /// Lets the next build begin anew, but for what the program depends on.
    pub(crate) fn forget(&self) -> Result<(), Error> {
        let crate_name = self.name().replace('-', "_");
        for entry in fs::read_dir(self.target.join("debug/incremental"))? {
            let entry = entry?;
            if entry
                .file_name()
                .to_string_lossy()
                .rsplit_once('-')
                .is_some_and(|(name, _)| name == crate_name)
            {
                remove(&entry.path())?;
            }
        }
        touch(&self.folder.join("src/main.rs"))
    }

    /// Runs it as it was built, compares the sum that it prints, and weighs it.
    pub(crate) fn verify(&self, profile: &str, handlers: usize) -> Result<u64, Error> {
        let path = self.target.join(profile).join(self.name());
        let printed = succeed(Command::new(&path))?;
        let expected = handlers * (handlers + 1) / 2;
        if printed.trim() != expected.to_string() {
            return Err(format!("{} printed {printed:?}, not {expected}", self.name()).into());
        }
        Ok(fs::metadata(&path)?.len())
    }
}

/// Writes a file, unless it says this already.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    Ok(fs::write(path, text)?)
}

fn touch(path: &Path) -> Result<(), Error> {
    let text = fs::read(path)?;
    Ok(fs::write(path, text)?)
}

/// Removes a folder, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::SIZES;

    #[test]
    fn one_more_handler_makes_no_new_module() {
        assert!(SIZES.iter().all(|size| *size == 0 || size % IN_MODULE != 0));
    }

    #[test]
    fn a_module_has_all_its_handlers() {
        for framework in Framework::ALL {
            let module = framework.module(7..9);
            assert!(["count_7", "count_8"].iter().all(|name| module.contains(name)), "{module}");
            assert!(!module.contains("count_9"));
        }
    }
}
