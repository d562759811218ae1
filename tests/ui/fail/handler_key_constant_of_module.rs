use nexus::prelude::*;

mod keys {
    pub const LINE: &str = "line";
}

#[handler(keys::LINE)]
fn on_event(_: &Event) {}

fn main() {}
