use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[derive(Default)]
struct Lines;

#[handlers(default)]
impl Lines {
    #[handler("line")]
    fn on_line(&mut self, _: &Reading) {}

    #[handler(100..)]
    fn on_number(&mut self, _: &Event) {}
}

fn main() {}
