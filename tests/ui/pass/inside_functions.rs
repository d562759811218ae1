//! Annotated items may stand inside a function, where nobody else sees them.

#![deny(warnings)]

use nexus::prelude::*;

/// The line of `fn watch`, which the plan tells, and not that of its annotation.
const WATCH: u32 = 28;

fn plan() -> String {
    #[named_event]
    struct Reading(f64);

    #[named_event(unhandled = discard)]
    struct Alarm;

    #[derive(Domain)]
    struct Audit;

    #[timer(every = "1s")]
    fn sample() -> Reading {
        Reading(20.0)
    }

    assert_eq!(line!() + 3, WATCH);

    #[handler(Reading)]
    fn watch(reading: &Reading) -> Option<Alarm> {
        (reading.0 > 30.0).then_some(Alarm)
    }

    #[derive(Default)]
    struct Billing;

    #[handlers(default, domain = Audit)]
    impl Billing {
        #[handler(Alarm)]
        fn on_alarm(&mut self, _: &Alarm) {}
    }

    #[filter]
    fn keep(_: &Event) -> Verdict {
        Verdict::Pass
    }

    #[converter]
    async fn next_reading() -> Option<Reading> {
        None
    }

    #[converter]
    fn readings() -> impl Stream<Item = Reading> {
        futures_util::stream::empty()
    }

    #[producer]
    async fn inbox(_: Emitter<Reading>) {}

    #[derive(Boundary)]
    #[boundary(from = Main, to = Audit, events(Alarm))]
    struct ToAudit;

    #[derive(Default)]
    struct Store;

    impl nexus::Handler<Reading> for Store {
        type Emits = ();

        async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> Result {
            Ok(())
        }
    }

    #[derive(Default, Fanout)]
    #[fanout(Reading, default)]
    struct Stores(Store);

    let by_hand = Nexus::empty().with::<watch>().with::<sample>().with::<Billing>().with::<keep>().with::<inbox>();
    let by_hand = by_hand.with::<next_reading>().with::<readings>().with::<ToAudit>().with::<Stores>();
    let by_hand = by_hand.plan().table();
    assert_eq!(by_hand, Nexus::builder().plan().table());
    by_hand
}

fn main() {
    #[nexus::main]
    async fn main() -> nexus::Result {
        drop(Nexus::builder().build()?);
        Ok(())
    }

    assert_eq!(main(), std::process::ExitCode::SUCCESS);
    let table = plan();
    assert!(table.contains("handler watch"), "{table}");
    assert!(table.contains(&format!("inside_functions.rs:{WATCH})")), "{table}");
}
