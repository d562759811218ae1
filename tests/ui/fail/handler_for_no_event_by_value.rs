use nexus::prelude::*;

#[derive(Clone)]
struct Reading;

#[handler(Reading)]
async fn watch(_: Reading) {}

fn main() {}
