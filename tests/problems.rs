//! What `build()` says: each problem in the same form, with every place that is involved and a line of help; and what a run
//! says that can't begin.

use std::time::Duration;

use nexus::prelude::*;
use nexus::{Builder, Domain, Limits, RunError, Timer};

/// The texts of the problems, where the beginning of the line stands for its number.
fn texts(builder: Builder) -> Vec<String> {
    let lines: Vec<&str> = include_str!("problems.rs").lines().collect();
    let error = builder.build().expect_err("the plan has problems");
    let place = |line: &str| {
        let Some((before, rest)) = line.split_once("tests/problems.rs:") else { return line.to_owned() };
        let (number, rest) = rest.split_once(':').expect("what stands there");
        let source = lines[number.parse::<usize>().expect("a line") - 1].trim();
        format!("{before}[{source}]{rest}")
    };
    let text = |problem: &nexus::Problem| {
        let text = problem.to_string();
        assert_eq!(text.matches("\n  help: ").count(), 1, "{text}");
        text.lines().map(place).collect::<Vec<_>>().join("\n")
    };
    error.problems().iter().map(text).collect()
}

/// The text of the one problem.
fn text(builder: Builder) -> String {
    let mut all = texts(builder);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[named_event]
struct Reading(f64);

#[named_event]
struct Alarm(f64);

#[named_event(exclusive)]
struct Command;

#[derive(Domain)]
struct Audit;

#[derive(Domain)]
struct Vault;

struct Watch {
    celsius: f64,
}

#[handler(Reading)]
fn watch(reading: &Reading, limits: &Watch) {
    assert!(reading.0 < limits.celsius);
}

#[handler(Reading)]
fn show(_: &Reading, _: &Watch) {}

#[handler(Command)]
fn obey(_: &Command) {}

#[handler(Command)]
fn obey_too(_: &Command) {}

#[timer(every = "1s")]
fn sample() -> Alarm {
    Alarm(20.0)
}

#[handler(Alarm)]
fn ring(alarm: &Alarm) {
    assert!(alarm.0 > 0.0);
}

#[handler(Alarm, domain = Audit)]
fn record(_: &Alarm) {}

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading)]
    fn bill(&mut self, _: &Reading) {}
}

#[test]
fn state_that_is_missing() {
    assert_eq!(
        text(Nexus::empty().with::<watch>()),
        "handler `watch` needs the state `Watch`, which was not given\n  \
         --> [fn watch(reading: &Reading, limits: &Watch) {] handler `watch`\n  \
         help: give it to the builder: `.state(Watch { … })`"
    );
    assert_eq!(
        text(Nexus::empty().with::<watch>().with::<show>()),
        "handler `watch` and 1 other need the state `Watch`, which was not given\n  \
         --> [fn watch(reading: &Reading, limits: &Watch) {] handler `watch`\n  \
         --> [fn show(_: &Reading, _: &Watch) {}] handler `show`\n  \
         help: give it to the builder: `.state(Watch { … })`"
    );
}

#[test]
fn a_component_that_is_missing() {
    assert_eq!(
        text(Nexus::empty().with::<Billing>()),
        "handler `Billing::bill` needs the component `Billing`, which was not given\n  \
         --> [fn bill(&mut self, _: &Reading) {}] handler `Billing::bill`\n  \
         help: give it to the builder: `.component(Billing { … })`, or write `#[handlers(default)]` if it can be made by \
         `Default`"
    );
}

#[test]
fn what_is_missing_and_was_given_otherwise() {
    let builder = Nexus::empty().with::<watch>().state(std::sync::Arc::new(Watch { celsius: 30.0 }));
    assert_eq!(
        text(builder),
        "handler `watch` needs the state `Watch`, which was not given\n  \
         --> [fn watch(reading: &Reading, limits: &Watch) {] handler `watch`\n  \
         --> [let builder = Nexus::empty().with::<watch>().state(std::sync::Arc::new(Watch { celsius: 30.0 }));] \
         `Arc<Watch>` is given here\n  \
         help: write `.shared_state(…)` there instead of `.state(…)`"
    );
    let builder = Nexus::empty().with::<watch>().component(Watch { celsius: 30.0 });
    assert_eq!(
        text(builder),
        "handler `watch` needs the state `Watch`, which was not given\n  \
         --> [fn watch(reading: &Reading, limits: &Watch) {] handler `watch`\n  \
         --> [let builder = Nexus::empty().with::<watch>().component(Watch { celsius: 30.0 });] \
         `Watch` is given by `.component(…)` here\n  \
         help: write `.state(…)` there instead of `.component(…)`"
    );
    let builder = Nexus::empty().with::<Billing>().state(Billing);
    assert_eq!(
        text(builder),
        "handler `Billing::bill` needs the component `Billing`, which was not given\n  \
         --> [fn bill(&mut self, _: &Reading) {}] handler `Billing::bill`\n  \
         --> [let builder = Nexus::empty().with::<Billing>().state(Billing);] `Billing` is given by `.state(…)` here\n  \
         help: write `.component(…)` there instead of `.state(…)`"
    );
}

#[test]
fn what_is_given_more_than_once() {
    let builder = Nexus::empty()
        .state(1_u8)
        .component(Billing)
        .shared_state(std::sync::Arc::new(2_u8))
        .component(Billing)
        .state(3_u8);
    assert_eq!(
        texts(builder),
        [
            "the state `u8` was given 3 times\n  \
             --> [.state(1_u8)] `.state(…)`\n  \
             --> [.shared_state(std::sync::Arc::new(2_u8))] `.state(…)`\n  \
             --> [.state(3_u8);] `.state(…)`\n  \
             help: there is one of each type: remove one, or wrap one in a type of its own: `struct Other(u8)`",
            "the component `Billing` was given twice\n  \
             --> [.component(Billing)] `.component(…)`\n  \
             --> [.component(Billing)] `.component(…)`\n  \
             help: there is one of each type: remove one, or wrap one in a type of its own: `struct Other(Billing)`",
        ]
    );
}

#[test]
fn an_item_that_is_left_out_and_not_there() {
    let builder = Nexus::empty().with::<obey>();
    let builder = builder.without::<obey_too>();
    assert_eq!(
        text(builder),
        "handler `obey_too` is left out, but not there\n  \
         --> [fn obey_too(_: &Command) {}] handler `obey_too`\n  \
         --> [let builder = builder.without::<obey_too>();] it is left out here\n  \
         help: remove the `.without::<…>()`, or start from what has it: `Nexus::builder()`"
    );
}

#[test]
fn what_is_left_out_and_was_not_given() {
    let builder = Nexus::empty().without_state::<Watch>();
    let builder = builder.without_component::<Billing>();
    let builder = builder.without_named("tick");
    assert_eq!(
        texts(builder),
        [
            "the state `Watch` is left out, but was not given\n  \
             --> [let builder = Nexus::empty().without_state::<Watch>();] it is left out here\n  \
             help: remove `.without_state::<Watch>()`, or call it after `.state(…)`",
            "the component `Billing` is left out, but was not given\n  \
             --> [let builder = builder.without_component::<Billing>();] it is left out here\n  \
             help: remove `.without_component::<Billing>()`, or call it after `.component(…)`",
            "the item `tick` is left out, but was not given\n  \
             --> [let builder = builder.without_named(\"tick\");] it is left out here\n  \
             help: remove `.without_named(\"tick\")`, or call it after what declares the item",
        ]
    );
}

mod indoor {
    use nexus::prelude::*;

    #[named_event(name = "Alarm")]
    pub(super) struct Smoke;

    #[handler(Smoke)]
    pub(super) fn smell(_: &Smoke) {}

    #[derive(Domain)]
    #[domain(name = "Audit")]
    pub(super) struct Books;

    #[handler(Smoke, domain = Books)]
    pub(super) fn write(_: &Smoke) {}
}

#[test]
fn two_events_of_one_name() {
    assert_eq!(
        text(Nexus::empty().with::<ring>().with::<indoor::smell>()),
        "2 event types are named `Alarm`\n  \
         --> [struct Alarm(f64);] `problems::Alarm`\n  \
         --> [pub(super) struct Smoke;] `problems::indoor::Smoke`\n  \
         help: give one of them another name: `#[named_event(name = \"…\")]`"
    );
}

#[test]
fn two_domains_of_one_name() {
    let all = texts(Nexus::empty().with::<record>().with::<indoor::write>());
    assert_eq!(
        all[1],
        "2 domains are named `Audit`: `problems::Audit`, `problems::indoor::Books`\n  \
         --> [fn record(_: &Alarm) {}] handler `record`\n  \
         --> [pub(super) fn write(_: &Smoke) {}] handler `write`\n  \
         help: give one of them another name: `#[derive(Domain)] #[domain(name = \"…\")]`"
    );
}

#[test]
fn several_handlers_where_one_is_allowed() {
    assert_eq!(
        text(Nexus::empty().with::<obey>().with::<obey_too>()),
        "`Command` is exclusive, but has 2 handlers\n  \
         --> [fn obey(_: &Command) {}] handler `obey`\n  \
         --> [fn obey_too(_: &Command) {}] handler `obey_too`\n  \
         help: keep one handler, or remove `exclusive` from `#[named_event(…)]`"
    );
    let two = Nexus::empty().with::<watch>().with::<show>().state(Watch { celsius: 30.0 });
    assert_eq!(
        text(two.multiple(false)),
        "`Reading` has 2 handlers, but `multiple(false)` allows one\n  \
         --> [fn watch(reading: &Reading, limits: &Watch) {] handler `watch`\n  \
         --> [fn show(_: &Reading, _: &Watch) {}] handler `show`\n  \
         help: keep one handler, or remove `.multiple(false)`"
    );
}

#[test]
fn an_event_that_nobody_handles() {
    assert_eq!(
        text(Nexus::empty().with::<sample>()),
        "timer `sample` emits `Alarm`, which nobody handles in the domain `Main`\n  \
         --> [fn sample() -> Alarm {] timer `sample`\n  \
         --> [struct Alarm(f64);] `Alarm` is declared here\n  \
         help: write a handler: `#[handler(Alarm)]`; or say that it may go unhandled: \
         `#[named_event(unhandled = discard)]`"
    );
    assert_eq!(
        text(Nexus::empty().with::<sample>().with::<record>()),
        "timer `sample` emits `Alarm`, which nobody handles in the domain `Main`\n  \
         --> [fn sample() -> Alarm {] timer `sample`\n  \
         --> [struct Alarm(f64);] `Alarm` is declared here\n  \
         --> [fn record(_: &Alarm) {}] handler `record` handles it, but in `Audit`\n  \
         help: what a handler emits stays in its domain: put both into one, or let a boundary carry it: \
         `#[derive(Boundary)] #[boundary(from = …, to = …, events(…))] struct …;`"
    );
}

/// Takes alarms to the audit.
#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm))]
struct ToAudit;

#[derive(Boundary)]
#[boundary(from = Audit, to = Vault, events(Alarm))]
struct ToVault;

#[derive(Boundary)]
#[boundary(from = Vault, to = Main, events(Alarm))]
struct Back;

#[derive(Boundary)]
#[boundary(from = Main, to = nexus::Main, events(Alarm))]
struct Round;

#[test]
fn an_event_that_nobody_handles_behind_a_boundary() {
    assert_eq!(
        text(Nexus::empty().with::<ToAudit>()),
        "boundary `ToAudit` brings `Alarm`, which nobody handles in the domain `Audit`\n  \
         --> [struct ToAudit;] boundary `ToAudit`\n  \
         --> [struct Alarm(f64);] `Alarm` is declared here\n  \
         help: write a handler there: `#[handler(Alarm, domain = Audit)]`; or say that it may go unhandled: \
         `#[named_event(unhandled = discard)]`"
    );
}

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Reading), replies(Alarm))]
struct Asks;

#[handler(Reading, domain = Audit)]
fn answer(_: &Reading) -> Alarm {
    Alarm(1.0)
}

#[timer(every = "1s", domain = Audit)]
fn remind() -> Reading {
    Reading(1.0)
}

#[test]
fn a_reply_to_nobody() {
    assert_eq!(
        text(Nexus::empty().with::<Asks>().with::<answer>().with::<remind>().with::<ring>()),
        "handler `answer` emits `Alarm`, which boundary `Asks` brings back, also where nobody in another domain has asked; \
         and nobody handles it in the domain `Audit`\n  \
         --> [fn answer(_: &Reading) -> Alarm {] handler `answer`\n  \
         --> [fn remind() -> Reading {] timer `remind` leads to it\n  \
         --> [struct Asks;] boundary `Asks`\n  \
         help: write a handler for it there: `#[handler(Alarm, domain = …)]`; or say that it may go unhandled: \
         `#[named_event(unhandled = discard)]`"
    );
}

#[test]
fn a_boundary_that_can_not_work() {
    let help =
        "help: name two domains, and typed events: `#[boundary(from = Main, to = Audit, events(Alarm))]`";
    assert_eq!(
        text(Nexus::empty().with::<Round>().with::<ring>()),
        format!(
            "boundary `Round` leads from `Main` to `Main`\n  --> [struct Round;] boundary `Round`\n  {help}"
        )
    );
    assert_eq!(
        text(Nexus::empty().boundary::<Main, Audit, Event, ()>("open", Limits::default())),
        format!(
            "boundary `open` carries `Event`, but what a boundary of the plan carries has names\n  \
             --> [text(Nexus::empty().boundary::<Main, Audit, Event, ()>(\"open\", Limits::default())),] \
             boundary `open`\n  {help}"
        )
    );
    assert_eq!(
        text(Nexus::empty().boundary::<Main, Audit, (), ()>("idle", Limits::default())),
        format!(
            "boundary `idle` carries no events\n  \
             --> [text(Nexus::empty().boundary::<Main, Audit, (), ()>(\"idle\", Limits::default())),] \
             boundary `idle`\n  {help}"
        )
    );
}

#[test]
fn an_event_that_is_carried_round() {
    assert_eq!(
        text(Nexus::empty().with::<ToAudit>().with::<ToVault>().with::<Back>()),
        "the boundaries `ToAudit`, `ToVault`, `Back` carry `Alarm` round without end\n  \
         --> [struct ToAudit;] boundary `ToAudit`\n  \
         --> [struct ToVault;] boundary `ToVault`\n  \
         --> [struct Back;] boundary `Back`\n  \
         help: let one of them carry another event, which a handler makes of this one: \
         `fn pass_on(event: &MyEvent) -> OtherEvent`"
    );
}

#[handler(10, domain = Vault)]
fn ten(_: &Event) {}

#[handler(11, domain = Vault)]
fn eleven(_: &Event) {}

#[handler("line", domain = Vault)]
fn line(_: &Event) {}

#[test]
fn a_key_that_makes_no_sense() {
    let nothing = |_: &Event, _: &mut Queue<()>| ();
    assert_eq!(
        text(Nexus::empty().bitmode(true).with::<ten>().with::<eleven>().on_key(1..=9, "digits", nothing)),
        "handler `digits` has the key `1..=9`, but in the domain `Main` types are bits, and keys are masks\n  \
         --> [text(Nexus::empty().bitmode(true).with::<ten>().with::<eleven>().on_key(1..=9, \"digits\", nothing)),] \
         handler `digits`\n  \
         help: write a mask: `mask = 0b0110`; or put the handlers with masks into a domain of their own"
    );
    assert_eq!(
        text(Nexus::empty().on_key(nexus::dynamic::Key::Mask(0), "none", nothing)),
        "handler `none` has the key `mask 0b0`, which is not greater than 0\n  \
         --> [text(Nexus::empty().on_key(nexus::dynamic::Key::Mask(0), \"none\", nothing)),] handler `none`\n  \
         help: give a mask greater than 0: `mask = 0b0110`"
    );
    let (first, last) = (9, 1);
    assert_eq!(
        text(Nexus::empty().on_key(first..=last, "none", nothing)),
        "handler `none` has the key `9..=1`, which holds no number\n  \
         --> [text(Nexus::empty().on_key(first..=last, \"none\", nothing)),] handler `none`\n  \
         help: write the smaller end first: `100..=199`"
    );
}

#[test]
fn a_timer_that_can_not_tick() {
    for (timer, what) in [
        (Timer::every(Duration::ZERO), "has a period of zero"),
        (Timer::every(Duration::MAX), "has a period of more than a hundred years"),
        (Timer::every(Duration::from_secs(1)).count_up(0), "counts 0 ticks"),
        (Timer::every(Duration::from_secs(1)).count_down(-1), "counts -1 ticks"),
    ] {
        assert_eq!(
            text(Nexus::empty().with::<ring>().timer("never", timer, |_| Alarm(1.0))),
            format!(
                "timer `never` {what}\n  \
                 --> [text(Nexus::empty().with::<ring>().timer(\"never\", timer, |_| Alarm(1.0))),] timer `never`\n  \
                 help: give it a period over zero, of at most a hundred years, and a count of at least 1: \
                 `Timer::every(Duration::from_secs(1)).count_up(7)`"
            )
        );
    }
}

#[test]
fn a_component_in_two_domains() {
    let builder = Nexus::empty().component(Billing).with::<Billing>().domain::<Audit>();
    let builder =
        builder.method("write", |_: &mut Billing, _: &Alarm, _: &mut Queue<()>| Box::pin(async { Ok(()) }));
    let found = text(builder);
    assert_eq!(
        found,
        "the component `Billing` has handlers in several domains\n  \
         --> [builder.method(\"write\", |_: &mut Billing, _: &Alarm, _: &mut Queue<()>| Box::pin(async { Ok(()) }));] \
         handler `write` is in `Audit`\n  \
         --> [fn bill(&mut self, _: &Reading) {}] handler `Billing::bill` is in `Main`\n  \
         help: make one for each domain: `struct Other(Billing)`, with handlers of its own"
    );
}

#[test]
fn a_nexus_without_room() {
    assert_eq!(
        text(Nexus::empty().capacity(0)),
        "a capacity of 0 leaves no room for any event\n  \
         --> [text(Nexus::empty().capacity(0)),] `.capacity(0)`\n  \
         help: write `.capacity(1024)`, or `.capacity(None)` for no bound"
    );
    drop(Nexus::empty().capacity(0).capacity(None).build().expect("the last one counts"));
}

#[test]
fn all_problems_are_told_at_once() {
    let all =
        texts(Nexus::empty().with::<watch>().with::<sample>().with::<obey>().with::<obey_too>().capacity(0));
    assert_eq!(all.len(), 4, "{all:#?}");
    let error = Nexus::empty().with::<watch>().capacity(0).build().unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the plan has 2 problems:\n\na capacity"), "{text}");
    assert!(text.contains("\n\nhandler `watch` needs"), "{text}");
    let names: Vec<&str> = [Main::NAME, Audit::NAME, Vault::NAME].into();
    assert_eq!(names, ["Main", "Audit", "Vault"]);
}

#[test]
fn a_run_without_a_runtime_or_without_a_clock_says_what_to_do() {
    let nexus = || Nexus::empty().with::<sample>().with::<ring>().build().unwrap();
    let run = futures_util::FutureExt::now_or_never(nexus().run());
    let error = run.expect("it ends at once").unwrap_err();
    assert!(matches!(error, RunError::NoRuntime));
    assert_eq!(
        error.to_string(),
        "a nexus runs on tokio, and there is no runtime here: start it in a function under `#[nexus::main]` or \
         `#[tokio::main]`"
    );
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(nexus().run()).unwrap_err();
    assert!(matches!(error, RunError::NoClock));
    assert_eq!(
        error.to_string(),
        "the nexus needs a clock, and its runtime has none: build the runtime with `enable_time()` or `enable_all()`, or, \
         if the plan has no timers, set `drain_deadline(None)`"
    );
}
