//! Handlers of dynamic events, as functions and as methods: by every kind of key, however it is written.

#![deny(warnings)]

use nexus::prelude::*;

#[derive(Domain)]
struct Wire;

#[named_event(unhandled = discard)]
struct Seen(&'static str);

#[handler(10)]
fn ten(_: &Event) -> Seen {
    Seen("ten")
}

#[handler(-5, order = 1)]
async fn minus_five(event: &Event, queue: &mut Queue<Seen>, meta: Meta) {
    assert_eq!(event.id(), meta.id());
    queue.emit(Seen("minus five"));
}

#[handler(0x0F_i64)]
fn fifteen(_: &Event) {}

#[handler("line")]
fn line(event: &nexus::Event) -> nexus::Result {
    assert!(!event.is::<Seen>());
    Ok(())
}

#[handler(r"a type")]
fn raw(_: &Event) {}

#[handler(100..=199)]
fn hundreds(_: &Event) {}

#[handler(-20..=-10)]
fn below(_: &Event) {}

#[handler(300..=300)]
fn just_one(_: &Event) {}

#[handler(_)]
fn everything_else(_: &Event) {}

#[handler(mask = 0b0110, domain = Wire, as = BitsHandler)]
fn bits(_: &Event) {}

#[derive(Default)]
struct Lines(u32);

#[handlers(default)]
impl Lines {
    #[handler("line", order = -1)]
    fn count(&mut self, _: &Event) {
        self.0 += 1;
    }

    #[handler(100..=149)]
    async fn low(&mut self, _: &Event) {
        self.0 += 1;
    }

    #[handler(20)]
    fn twenty(&self, _: &Event) {}

    #[handler(_)]
    fn other(&self, _: &Event) {}
}

#[derive(Default)]
struct Bits;

#[handlers(default, domain = Wire)]
impl Bits {
    #[handler(mask = 0b1000)]
    fn fourth(&mut self, _: &Event) {}
}

/// A name that is a key too.
#[allow(non_camel_case_types, dead_code)]
struct mask;

macro_rules! handler_of {
    ($name:ident, $key:literal, $range:expr, $number:expr) => {
        mod $name {
            use nexus::prelude::*;

            #[handler($key)]
            fn literal(_: &Event) {}

            #[handler($range)]
            fn range(_: &Event) {}

            #[handler($number)]
            fn number(_: &Event) {}
        }
    };
}

handler_of!(made, "made", 1000..=1999, -77);

#[producer]
async fn events(out: Emitter<Event>) -> nexus::Result {
    for number in [10, -5, 15, 100, 150, -20, 300, 20, 1000, -77, 4242] {
        out.emit(Event::new(number, number, 0, ())).await?;
    }
    for name in ["line", "a type", "made", "nobody's"] {
        out.emit(Event::new(0, name, 0, ())).await?;
    }
    Ok(())
}

#[producer(domain = Wire)]
async fn single_bits(out: Emitter<Event>) -> nexus::Result {
    for number in [2, 4, 8] {
        out.emit(Event::new(number, number, 0, ())).await?;
    }
    Ok(())
}

#[nexus::main]
async fn main() -> nexus::Result {
    assert!(Nexus::empty().with::<BitsHandler>().plan().table().contains("handler bits"));
    let nexus = Nexus::builder().build()?;
    let table = nexus.plan().table();
    let ledger = nexus.run().await?;
    let deliveries = |number: i64| ledger.of_type(&number.into()).deliveries;
    for (number, expected) in [(10, 1), (-5, 1), (100, 2), (150, 1), (-20, 1), (300, 1), (20, 1), (4242, 2), (8, 1)] {
        assert_eq!(deliveries(number), expected, "{number} in {ledger}\n{table}");
    }
    assert_eq!(ledger.of_type(&"line".into()).deliveries, 2, "{ledger}");
    assert_eq!(ledger.of_type(&"made".into()).deliveries, 1, "{ledger}");
    assert_eq!(ledger.of_type(&"nobody's".into()).deliveries, 2, "{ledger}");
    // A typed event that nobody handles is everything else, too.
    assert_eq!(ledger.of::<Seen>().deliveries, 4, "{ledger}");
    Ok(())
}
