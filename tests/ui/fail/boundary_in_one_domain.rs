use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Audit, to = Audit, events(Alarm))]
struct ToAudit;

fn main() {}
