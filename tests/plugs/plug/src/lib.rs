//! A library full of annotated items that no code of its user names.

use nexus::prelude::*;

/// Handled in this crate alone.
#[named_event(name = "plug.Work")]
pub struct Work(pub u32);

/// Emitted and handled in this crate.
#[named_event(name = "plug.Done")]
struct Done;

/// Starts the work.
#[timer(every = "1ms", once)]
fn begin() -> Work {
    Work(1)
}

#[handler(Work)]
fn work(work: &Work) -> Option<Done> {
    (work.0 > 0).then_some(Done)
}

#[handler(Done)]
fn done(_: &Done) {}
