use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
struct ToAudit;

fn main() {}
