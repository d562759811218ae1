use nexus::prelude::*;

#[named_event]
struct Alarm(f64);

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(form = Main, to = Audit, events(Alarm))]
struct ToAudit;

fn main() {}
