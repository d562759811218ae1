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

    let by_hand = Nexus::empty().with::<watch>().with::<sample>().with::<Billing>().plan().table();
    assert_eq!(by_hand, Nexus::builder().plan().table());
    by_hand
}

fn main() {
    let table = plan();
    assert!(table.contains("handler watch"), "{table}");
    assert!(table.contains(&format!("inside_functions.rs:{WATCH})")), "{table}");
}
