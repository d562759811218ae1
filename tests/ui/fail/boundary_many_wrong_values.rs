use nexus::prelude::*;

#[derive(Boundary)]
#[boundary(
    from = "Main",
    to = 3,
    events = [Alarm],
    replies = Seen,
    capacity = "50",
    ahead(256),
    order = 1.5,
    crate = "nexus"
)]
struct ToAudit;

fn main() {}
