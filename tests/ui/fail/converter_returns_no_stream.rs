use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter]
fn maybe() -> Option<Line> {
    None
}

#[converter]
fn fallible() -> Result<Option<Line>> {
    Ok(None)
}

#[converter]
fn all() -> Vec<Line> {
    Vec::new()
}

#[converter]
fn unknown() -> impl Sized {}

fn main() {}
