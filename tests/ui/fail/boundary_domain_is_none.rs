use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

struct Log;

#[derive(Boundary)]
#[boundary(from = Main, to = Log, events(Alarm))]
struct ToAudit;

fn main() {}
