use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

struct Log;

#[derive(Boundary)]
#[boundary(from = Log, to = Audit, events(Alarm))]
struct ToAudit;

fn main() {}
