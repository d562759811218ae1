use nexus::prelude::*;

#[named_event]
struct Line<'a>(&'a str);

#[handler(Line)]
fn watch(_: &Line) {}

fn main() {}
