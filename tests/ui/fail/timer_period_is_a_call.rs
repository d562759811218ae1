use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = period("1s"))]
fn tick() -> Tick {
    Tick(0)
}

fn period(text: &str) -> String {
    text.to_owned()
}

fn main() {}
