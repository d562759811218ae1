use nexus::prelude::*;

#[named_event]
struct Tick(i64);

use std::time::Duration;

struct Limits {
    period: Duration,
}

const PERIOD: Duration = Duration::from_secs(1);

#[timer(every = PERIOD)]
fn constant() -> Tick {
    Tick(0)
}

#[timer(every = |limits: &Limits| limits.period.as_secs())]
fn seconds() -> Tick {
    Tick(0)
}

fn main() {}
