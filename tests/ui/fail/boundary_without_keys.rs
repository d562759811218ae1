use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary()]
struct ToAudit;

fn main() {}
