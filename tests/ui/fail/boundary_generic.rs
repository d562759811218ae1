use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm))]
struct ToAudit<T>(T);

fn main() {}
