//! A handler that others may call can be for an event that they don't see; what it declares has its visibility.

#![deny(warnings)]

pub mod plant {
    use nexus::prelude::*;

    #[named_event]
    struct Reading(f64);

    #[named_event(unhandled = discard)]
    pub(super) struct Alarm;

    struct Limits;

    #[derive(Domain)]
    struct Audit;

    #[allow(private_interfaces)]
    #[handler(Reading, domain = Audit)]
    pub fn watch(_: &Reading, _: &mut Queue<(Reading, Alarm)>, _: &Limits) -> Option<Alarm> {
        None
    }

    #[handler(Alarm)]
    pub(crate) fn ring(_: &Alarm) {}

    #[timer(every = "1s")]
    pub(in crate::plant) fn sample() -> Reading {
        Reading(20.0)
    }

    pub fn plan() -> nexus::Plan {
        Nexus::empty().with::<sample>().plan()
    }
}

use plant::{ring, watch};

fn main() {
    let plan = nexus::Nexus::empty().with::<watch>().with::<ring>().plan();
    assert!(plan.table().contains("handler watch"));
    assert!(plant::plan().table().contains("timer sample"));
}
