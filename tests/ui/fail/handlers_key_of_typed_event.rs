use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Lines;

#[handlers]
impl Lines {
    #[handler("line")]
    fn on_line(&mut self, _: &Reading) {}
}

fn main() {}
