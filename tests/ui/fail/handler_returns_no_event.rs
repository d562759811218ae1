use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Plain;

#[handler(Reading)]
fn number(_: &Reading) -> i32 {
    1
}

#[handler(Reading)]
async fn plain(_: &Reading) -> Plain {
    Plain
}

#[handler(Reading)]
fn maybe(_: &Reading) -> Option<Plain> {
    None
}

fn main() {}
