use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(to = Audit, events(Alarm))]
struct ToAudit;

fn main() {}
