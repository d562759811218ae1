use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), colour = "red")]
struct ToAudit;

fn main() {}
