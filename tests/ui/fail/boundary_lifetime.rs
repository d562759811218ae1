use nexus::prelude::*;

#[named_event]
struct Alarm(f64);

#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm))]
struct ToAudit<'a>(&'a str);

fn main() {}
