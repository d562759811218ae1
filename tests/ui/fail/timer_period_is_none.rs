use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "often")]
fn no_number() -> Tick {
    Tick(0)
}

#[timer(every = "5")]
fn no_unit() -> Tick {
    Tick(0)
}

#[timer(every = "5 parsecs")]
fn no_time() -> Tick {
    Tick(0)
}

#[timer(every = "1.2.3s")]
fn two_points() -> Tick {
    Tick(0)
}

#[timer(every = 5)]
fn number() -> Tick {
    Tick(0)
}

#[timer(every = 2 * 3)]
fn product() -> Tick {
    Tick(0)
}

fn main() {}
