//! What each annotation becomes, in files that a person can read: `tests/expand/`. `UPDATE_EXPECT=1` writes them.

use std::path::Path;

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{errors, expand, tokens};
use crate::program;

/// Compares the expansion with its file, in which the code that it comes from stands above.
fn shows(file: &str, code: &str, expansion: TokenStream) {
    let code = code.trim();
    let syntax = syn::parse2(expansion).unwrap_or_else(|error| panic!("{file}: {error}"));
    let input: String = code.lines().map(|line| format!("// {line}").trim_end().to_owned() + "\n").collect();
    let text = format!("{input}\n{}", prettyplease::unparse(&syntax));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/expand").join(file);
    expect_file![path].assert_eq(&text);
}

macro_rules! snapshots {
    ($($test:ident: $code:expr;)+) => { $(
        #[test]
        fn $test() {
            assert_eq!(errors($code), Vec::<String>::new());
            shows(concat!(stringify!($test), ".rs"), $code, expand($code));
        }
    )+ };
}

snapshots! {
    named_event: r#"
#[named_event(name = "plant.Alarm", priority = -10, exclusive, unhandled = discard)]
#[derive(Clone)]
pub struct Alarm {
    pub sensor: u32,
}
"#;

    handler_sync: r"
#[handler(Alarm)]
fn escalate(alarm: &Alarm) -> Option<Page> {
    alarm.page()
}
";

    handler_async: r"
#[handler(Reading)]
async fn watch(reading: &Reading, queue: &mut Queue<(Alarm, Report)>, limits: &Limits) -> Result<()> {
    check(reading, queue, limits).await
}
";

    handler_all_parameters: r#"
#[handler(Order, domain = Sales, order = -1, as = ShipHandler, crate = crate::framework)]
#[cfg(feature = "shipping")]
pub(crate) async fn ship(
    order: Order,
    meta: Meta,
    queue: &mut Queue<Shipped>,
    rates: &Rates,
    later: Emitter<(Delayed, Lost)>,
    stock: Arc<Stock>,
) -> Result<Vec<Invoice>, ShipError> {
    Ok(Vec::new())
}
"#;

    handler_record: r"
#[handler(Reading)]
fn log(event: &Event) {}
";

    handlers: r"
#[handlers(default, domain = Sales)]
impl Billing {
    pub fn new() -> Self {
        Self::default()
    }

    #[handler(OrderPlaced, order = 2)]
    async fn on_order(&mut self, order: &OrderPlaced, prices: &Prices) -> Result<Invoice> {
        self.bill(order, prices)
    }

    #[filter]
    #[cfg(test)]
    fn keep(&self, event: &Event) -> Verdict {
        Verdict::Pass
    }
}
";

    filter: r"
#[filter]
fn drop_low_ids(event: &Event) -> Verdict {
    if event.id() < 5 { Verdict::Consume } else { Verdict::Pass }
}
";

    converter_stream: r"
#[converter(ahead = 256)]
fn readings(dir: &DataDir) -> impl Stream<Item = Reading> {
    dir.read()
}
";

    converter_async: r"
#[converter]
async fn next_line(input: Arc<Input>, limits: &Limits) -> Result<Option<Line>> {
    input.next(limits).await
}
";

    producer_async: r"
#[producer]
async fn keyboard(out: Emitter<Command>) -> Result<()> {
    Ok(())
}
";

    producer_blocking: r"
#[producer]
fn serial_port(out: Emitter<(Reading, Command)>, port: &Port) {}
";

    timer_ongoing: r#"
#[timer(every = "1.5s")]
fn tick(count: i64) -> Tick {
    Tick(count)
}
"#;

    timer_once: r#"
#[timer(every = "250ms", once)]
async fn begin(start: &Start) -> Result<Begun> {
    start.begin().await
}
"#;

    timer_count_up: r#"
#[timer(every = "1min", count_up = 7)]
fn climb(count: i64, stairs: Arc<Stairs>) -> Option<Step> {
    stairs.step(count)
}
"#;

    timer_count_down: r#"
#[timer(every = "1h", count_down = 5)]
fn left() -> Left {
    Left
}
"#;

    timer_period_from_state: r"
#[timer(every = |limits: &Limits| limits.period)]
fn tick(count: i64) -> Tick {
    Tick(count)
}
";

    handler_integer: r"
#[handler(-5, order = 1)]
fn on_minus_five(event: &Event) {}
";

    handler_text: r#"
#[handler("line")]
async fn on_line(event: &Event, queue: &mut Queue<Reading>) -> Result {
    parse(event, queue).await
}
"#;

    handler_range: r"
#[handler(100..=199)]
fn on_hundreds(event: &Event) {}
";

    handler_mask: r"
#[handler(mask = 0b0110, domain = Wire)]
fn on_bits(event: &Event) {}
";

    handler_rest: r"
#[handler(_)]
fn on_anything_else(event: &Event) {}
";

    handlers_dynamic: r#"
#[handlers]
impl Lines {
    #[handler("line", order = 2)]
    fn on_line(&mut self, line: &Event) {}

    #[handler(mask = 6)]
    fn on_bits(&mut self, event: &Event) {}
}
"#;

    boundary: r"
#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm, Page), replies(AlarmSeen), capacity = 100, ahead = 256, order = 1)]
struct ToAudit;
";

    fanout: r"
#[derive(Fanout)]
#[fanout(Reading, domain = Audit, order = 1, default)]
struct Sinks {
    store: Store,
    #[fanout(skip)]
    seen: u64,
    screen: Screen,
}
";

    fanout_tuple: r"
#[derive(Fanout)]
#[fanout(plant::Reading, crate = crate::framework)]
pub struct Both(pub Store, pub Screen);
";

    domain: r#"
#[derive(Domain)]
#[domain(name = "plant.Audit")]
struct Audit;
"#;

    main: r#"
#[nexus::main(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout)]
async fn main() -> nexus::Result {
    println!("{}", Nexus::builder().build()?.run().await?);
    Ok(())
}
"#;
}

#[test]
fn link_crates() {
    let code = "nexus::link_crates!(plug_a, alias);";
    let arguments =
        ["--extern", "alias=/deps/libreal_name-0123abcd.rlib", "--extern=plug_a=/deps/libplug_a-4567.rmeta"];
    let expansion = program::link_crates(tokens("plug_a, alias"), &arguments.map(str::to_owned));
    shows("link_crates.rs", code, expansion);
}

/// With a mistake in it, the item comes back, and what other code names is still declared.
#[test]
fn mistakes() {
    let code = "
#[handler(Reading, ordr = 3)]
async fn watch(reading: &Alarm, queue: Queue<Page>) {
    queue.emit(Page);
}
";
    assert_eq!(errors(code).len(), 3);
    shows("mistakes.rs", code, expand(code));
}
