//! An annotated function stays what it was: it can be called, passed on, documented and tested under its own name.

#![deny(warnings)]

mod plant {
    use nexus::prelude::*;

    #[named_event]
    pub struct Reading(pub f64);

    #[named_event(unhandled = discard)]
    pub struct Alarm(pub f64);

    #[handler(Reading)]
    #[must_use]
    #[inline]
    pub fn watch(reading: &Reading) -> Option<Alarm> {
        (reading.0 > 30.0).then_some(Alarm(reading.0))
    }

    #[handler(Reading)]
    pub const fn check(_: &Reading) {}

    #[timer(every = "1s")]
    #[deprecated = "sampled elsewhere"]
    pub fn sample(count: i64) -> Reading {
        Reading(count as f64)
    }
}

// One import brings both the function and what is declared under its name.
use plant::watch;

const CHECKED: () = plant::check(&plant::Reading(20.0));

fn main() {
    #[allow(deprecated)]
    let reading = plant::sample(31);
    let function: fn(&plant::Reading) -> Option<plant::Alarm> = watch;
    assert!(function(&reading).is_some_and(|alarm| alarm.0 > 30.0));
    let () = CHECKED;
    let plan = nexus::Nexus::empty().with::<watch>().with::<plant::check>().plan();
    assert!(plan.table().contains("handler check"));
}
