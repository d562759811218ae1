use nexus::prelude::*;

struct Reading;

#[handler(Reading)]
fn watch(_: &Reading) {}

fn main() {}
