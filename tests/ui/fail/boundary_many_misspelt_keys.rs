use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(form = Main, to = Audit, event(Alarm), capacitiy = 3)]
struct ToAudit;

fn main() {}
