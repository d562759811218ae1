use nexus::prelude::*;

#[named_event]
struct Alarm;

#[derive(Domain)]
struct Audit;

struct Page;

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), replies(Page))]
struct ToAudit;

fn main() {}
