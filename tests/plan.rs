//! What is declared is there: every problem at once, with file and line; and the whole flow is visible.

use std::time::Duration;

use nexus::prelude::*;
use nexus::{BoxError, DeadLetter, Handler, Plan, Problem, Timer};

#[named_event]
struct Reading(f64);

#[named_event(priority = -10)]
#[derive(Clone)]
struct Alarm(f64);

#[named_event(unhandled = discard)]
struct Report;

#[named_event(exclusive)]
struct Command;

/// What the watch compares with.
struct Limits {
    celsius: f64,
}

#[timer(every = "1s")]
fn sample() -> Reading {
    Reading(20.0)
}

#[handler(Reading)]
async fn watch(reading: &Reading, queue: &mut Queue<(Alarm, Report)>, limits: &Limits) -> Result {
    if reading.0 > limits.celsius {
        queue.emit(Alarm(reading.0));
    }
    queue.emit(Report);
    Ok(())
}

#[handler(Alarm)]
fn ring(_: &Alarm) {}

#[handler(Alarm, order = -1)]
fn ring_first(_: Alarm) {}

#[handler(Command)]
fn obey(_: &Command) {}

#[handler(Command)]
fn obey_too(_: &Command) {}

#[timer(every = |limits: &Limits| Duration::from_secs_f64(limits.celsius), as = TickTimer)]
fn tick(_: i64) -> Option<Command> {
    None
}

#[filter]
fn nothing(_: &Event, queue: &mut Queue<Report>) -> Verdict {
    queue.emit(Report);
    Verdict::Pass
}

/// Its methods are handlers.
struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading)]
    fn bill(&mut self, _: &Reading) {}
}

mod other {
    use nexus::prelude::*;

    #[named_event(name = "Reading")]
    pub(super) struct Measured;

    #[handler(Measured)]
    pub(super) fn watch(_: &Measured) {}
}

fn problems(builder: nexus::Builder) -> Vec<String> {
    let error = builder.build().expect_err("the plan has problems");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn every_problem_is_told_at_once_with_file_and_line() {
    let builder = Nexus::empty()
        .with::<sample>()
        .with::<watch>()
        .with::<other::watch>()
        .with::<obey>()
        .with::<obey_too>()
        .with::<TickTimer>()
        .with::<Billing>()
        .timer("never", Timer::every(Duration::ZERO), |_| Report)
        .capacity(0);
    let error = builder.build().unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the plan has 7 problems:\n\n"), "{text}");
    assert_eq!(error.problems().len(), 7);
    let lines = |needle: &str| text.lines().filter(|line| line.contains(needle)).count();
    assert_eq!(lines("--> tests/plan.rs:"), 11, "{text}");
    assert_eq!(lines("help: "), 7, "{text}");
}

#[test]
fn missing_state_names_who_needs_it_and_what_to_write() {
    let found = problems(Nexus::empty().with::<watch>().with::<ring>().with::<TickTimer>().with::<obey>());
    assert_eq!(
        found,
        ["handler `watch` and 1 other need the state `Limits`, which was not given\n  \
          --> tests/plan.rs:32: handler `watch`\n  \
          --> tests/plan.rs:53: timer `tick`\n  \
          help: give it to the builder: `.state(Limits { … })`"]
    );
}

#[test]
fn a_missing_component_is_a_problem() {
    let found = problems(Nexus::empty().with::<Billing>());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("handler `Billing::bill` needs the component `Billing`, which was not given"),
        "{}",
        found[0]
    );
    drop(Nexus::empty().with::<Billing>().component(Billing).build().expect("it is given now"));
}

#[test]
fn two_types_of_one_name_are_a_problem() {
    let found =
        problems(Nexus::empty().with::<sample>().with::<Billing>().component(Billing).with::<other::watch>());
    assert!(found[0].starts_with("2 event types are named `Reading`"), "{}", found[0]);
    assert_eq!(found[0].matches("tests/plan.rs:").count(), 2, "{}", found[0]);
}

#[test]
fn two_handlers_of_an_exclusive_event_are_a_problem() {
    let found = problems(Nexus::empty().with::<obey>().with::<obey_too>());
    assert!(found[0].starts_with("`Command` is exclusive, but has 2 handlers"), "{}", found[0]);
    assert_eq!(problems(Nexus::empty().multiple(false).with::<ring>().with::<ring_first>()).len(), 1);
    drop(Nexus::empty().with::<ring>().with::<ring_first>().build().expect("`Alarm` may be shared"));
}

#[test]
fn an_emitted_event_that_nobody_handles_is_a_problem_unless_it_may_be_discarded() {
    let found = problems(Nexus::empty().with::<watch>().state(Limits { celsius: 30.0 }));
    assert_eq!(found.len(), 1, "`Report` may be discarded");
    assert!(
        found[0].starts_with("handler `watch` emits `Alarm`, which nobody handles in the domain `Main`"),
        "{}",
        found[0]
    );
    assert!(found[0].contains("#[handler(Alarm)]"));
}

#[test]
fn a_default_handler_handles_every_event() {
    let rest = |_: &Event, _: &mut Queue<()>| ();
    drop(
        Nexus::empty()
            .with::<sample>()
            .on_key(nexus::dynamic::Key::Default, "rest", rest)
            .build()
            .expect("somebody handles it"),
    );
}

#[test]
fn a_period_from_state_is_checked_too() {
    let build = |celsius| Nexus::empty().with::<TickTimer>().with::<obey>().state(Limits { celsius }).build();
    drop(build(1.0).expect("a second"));
    let found = build(0.0).unwrap_err();
    assert!(matches!(found.problems(), [Problem::BadTimer { .. }]), "{found}");
}

#[derive(Domain)]
struct Audit;

#[handler(Report, domain = Audit)]
fn audit(_: &Report, queue: &mut Queue<Alarm>) {
    queue.emit(Alarm(0.0));
}

#[test]
fn an_event_has_to_be_handled_in_the_domain_in_which_it_arises() {
    let found = problems(Nexus::empty().with::<audit>().with::<ring>());
    assert!(found[0].contains("nobody handles in the domain `Audit`"), "{}", found[0]);
    assert!(found[0].contains(": handler `ring` handles it, but in `Main`"), "{}", found[0]);
}

#[test]
fn two_domains_of_one_name_are_a_problem() {
    #[derive(Domain)]
    #[domain(name = "Audit")]
    struct Books;

    let nothing = |_: &Command, _: &mut Queue<()>| ();
    let found =
        problems(Nexus::empty().with::<ring>().with::<audit>().domain::<Books>().on("books", nothing));
    assert!(found[0].starts_with("2 domains are named `Audit`: `plan::"), "{}", found[0]);
}

#[test]
fn a_domain_can_be_built_alone() {
    let plan = Nexus::empty().with::<audit>().with::<ring>().only::<Audit>().plan();
    assert!(plan.table().contains("domain Audit"));
    assert!(!plan.table().contains("domain Main"));
    drop(
        Nexus::empty()
            .with::<audit>()
            .with::<ring>()
            .only::<nexus::Main>()
            .build()
            .expect("whole without the other"),
    );
}

fn bury(builder: nexus::Builder) -> nexus::Builder {
    builder.on("bury", |_: &DeadLetter, _: &mut Queue<Event>| ())
}

fn flow() -> nexus::Builder {
    bury(Nexus::empty().with::<sample>().with::<watch>().with::<ring>().with::<nothing>().with::<obey>())
}

#[test]
fn the_table_tells_who_emits_and_who_handles_what_with_file_and_line() {
    let table = flow().plan().table();
    let expected = "\
domain Main
  event                 emitted by                         handled by
  Alarm (priority -10)  handler watch (tests/plan.rs:32)   handler ring (tests/plan.rs:41)
  Command               outside                            handler obey (tests/plan.rs:47)
  Reading               timer sample (tests/plan.rs:27)    handler watch (tests/plan.rs:32)
  Report                handler watch (tests/plan.rs:32)   nobody: discarded
                        filter nothing (tests/plan.rs:58)
  nexus.DeadLetter      the nexus                          handler bury (tests/plan.rs:";
    assert!(table.starts_with(expected), "{table}");
    assert!(table.contains("filters: filter nothing"), "{table}");
    assert!(table.contains("open, since they emit dynamic events: handler bury"), "{table}");
}

#[test]
fn graphs_are_compared_with_committed_files() {
    nexus::assert_graph!("graphs/flow.mmd", flow());
    nexus::assert_graph!("graphs/flow.dot", flow());
}

#[test]
fn a_graph_does_not_depend_on_the_order_of_declaration() {
    let other =
        bury(Nexus::empty()).with::<obey>().with::<nothing>().with::<ring>().with::<watch>().with::<sample>();
    let (one, other) = (flow().plan(), other.plan());
    assert_eq!(one.mermaid(), other.mermaid());
    assert_eq!(one.dot(), other.dot());
    assert_eq!(one.table(), other.table());
}

#[test]
fn items_of_one_name_are_nodes_of_their_own() {
    let plan = Nexus::empty()
        .on("same", |_: &Alarm, _: &mut Queue<()>| ())
        .on("same", |_: &Reading, _: &mut Queue<Alarm>| ())
        .with::<watch>()
        .with::<other::watch>()
        .plan();
    let graph = plan.mermaid();
    assert!(graph.contains("Alarm --> same\n") && graph.contains("same_2 --> Alarm\n"), "{graph}");
    assert!(graph.contains("Reading --> same_2\n"), "{graph}");
    assert!(graph.contains("plan__watch[\"plan::watch\"]"), "{graph}");
    assert!(graph.contains("plan__other__watch[\"plan::other::watch\"]"), "{graph}");
}

#[test]
fn names_that_a_graph_writes_alike_stay_apart() {
    let plan = Nexus::empty()
        .on_key("a.b", "a_b", |_: &Event, _: &mut Queue<()>| ())
        .on_key("a_b", "outside", |_: &Event, _: &mut Queue<()>| ())
        .on_key("end", "end", |_: &Event, _: &mut Queue<()>| ())
        .plan();
    let graph = plan.mermaid();
    for edge in ["a_b_ --> a_b\n", "a_b__ --> outside\n", "outside_ -.-> a_b_\n", "end__ --> end_\n"] {
        assert!(graph.contains(edge), "{edge}{graph}");
    }
}

#[test]
fn an_annotated_item_counts_once() {
    let plan = Nexus::empty().with::<ring>().with::<ring>().multiple(false);
    drop(plan.build().expect("one handler"));
}

#[test]
fn dynamic_handlers_of_an_exclusive_event_are_counted_too() {
    let builder = Nexus::empty()
        .with::<TickTimer>()
        .state(Limits { celsius: 1.0 })
        .on_key("Command", "one", |_: &Event, _: &mut Queue<()>| ())
        .on_key("Command", "other", |_: &Event, _: &mut Queue<()>| ());
    assert!(problems(builder)[0].starts_with("`Command` is exclusive, but has 2 handlers"));
}

#[test]
fn any_text_is_a_name_in_a_graph() {
    let plan = Nexus::empty().on_key("say \"hi\"", "a\\b", |_: &Event, _: &mut Queue<()>| ()).plan();
    assert!(plan.mermaid().contains("say__hi_([\"say #quot;hi#quot;\"])"), "{}", plan.mermaid());
    assert!(plan.dot().contains(r#""say__hi_" [label = "say \"hi\"", shape = ellipse]"#), "{}", plan.dot());
    assert!(plan.dot().contains(r#""a_b" [label = "a\\b", shape = box]"#), "{}", plan.dot());
}

#[test]
fn the_table_tells_the_priority_of_an_event_that_only_comes_from_outside() {
    let table = Nexus::empty().with::<ring>().plan().table();
    assert!(table.contains("Alarm (priority -10)  outside"), "{table}");
}

#[test]
fn a_changed_graph_fails_with_the_lines_that_changed() {
    let message = |plan: &Plan| {
        let check = || nexus::__private::assert_graph(plan, env!("CARGO_MANIFEST_DIR"), "graphs/flow.mmd");
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).unwrap_err();
        panic.downcast_ref::<String>().expect("a message").clone()
    };
    let changed = message(&flow().with::<obey_too>().plan());
    assert!(changed.contains("+     Command --> obey_too\n"), "{changed}");
    assert!(changed.contains("NEXUS_BLESS=1"), "{changed}");
}

// The same flow by hand: what the macros declare, the macro-free way can declare.

impl Handler<Reading> for Limits {
    type Emits = (Alarm, Report);

    async fn handle(
        &mut self,
        reading: &Reading,
        queue: &mut Queue<(Alarm, Report)>,
    ) -> Result<(), BoxError> {
        if reading.0 > self.celsius {
            queue.emit(Alarm(reading.0));
        }
        queue.emit(Report);
        Ok(())
    }
}

#[test]
fn the_macro_free_way_makes_the_same_graph() {
    let annotated = Nexus::empty().with::<sample>().with::<watch>().with::<ring>().plan();
    let by_hand = Nexus::empty()
        .timer("sample", Timer::every(Duration::from_secs(1)), |_| Reading(20.0))
        .handler("watch", Limits { celsius: 30.0 })
        .on("ring", |_: &Alarm, _: &mut Queue<()>| ())
        .plan();
    assert_eq!(annotated.mermaid(), by_hand.mermaid());
}

#[test]
fn annotated_functions_stay_ordinary_functions() {
    let mut queue = Queue::new();
    let limits = Limits { celsius: 30.0 };
    let watched = futures_util::FutureExt::now_or_never(watch(&Reading(31.0), &mut queue, &limits));
    watched.expect("it has no await").unwrap();
    assert_eq!(queue.len(), 2);
    assert!((queue.take::<Alarm>()[0].0 - 31.0).abs() < f64::EPSILON);
    assert_eq!(queue.events()[0].event_type().to_string(), "Report");
    let mut reports = Queue::new();
    assert_eq!(nothing(&Event::of(Alarm(1.0)), &mut reports), Verdict::Pass);
    assert_eq!(reports.take::<Report>().len(), 1);
    Billing.bill(&Reading(1.0));
}

#[test]
fn the_check_is_a_users_test() {
    // The inventory of this test's binary has two handlers for `Command`, among other things.
    let check = std::panic::catch_unwind(|| nexus::assert_complete!());
    let message = check.unwrap_err().downcast_ref::<String>().unwrap().clone();
    assert!(
        message.starts_with("the plan is not complete:\n\n2 event types are named `Reading`"),
        "{message}"
    );
    nexus::assert_complete!(Nexus::empty().with::<ring>());
}
