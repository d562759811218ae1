use nexus::prelude::*;

struct Lines;

#[handlers]
impl Lines {
    #[handler(100..)]
    fn on_number(&mut self, _: &Event) {}
}

fn main() {}
