use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Audit, to = Audit, events(Alarm, Alarm), ahead = 0, order = x)]
struct ToAudit<T>(T);

fn main() {}
