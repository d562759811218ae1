use nexus::prelude::*;

#[handler(mask = "0b0110", domain = 3, order = 3_000_000_000, as = alarms::Watch, crate = [nexus])]
fn watch(_: &Event) {}

fn main() {}
