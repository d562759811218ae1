use nexus::prelude::*;

#[derive(Clone)]
struct Reading;

#[handler(Reading)]
fn watch(_: &Reading) {}

#[handler(Reading)]
async fn own(_: Reading) {}

fn main() {}
