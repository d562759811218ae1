use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), capacity(50))]
struct ToAudit;

fn main() {}
