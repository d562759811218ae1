use nexus::prelude::*;

#[filter]
fn keep(event: &Event) -> bool {
    event.id() < 5
}

fn main() {}
