use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[handler(Reading)]
fn watch<T>(_: &Reading) {}

#[handler(Reading)]
fn show(_: &Reading, _: &impl Send) {}

#[handler(Reading)]
fn log(_: &Reading, _: &Vec<Box<impl Send>>) {}

fn main() {}
