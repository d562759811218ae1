use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer]
async fn keyboard(queue: &mut Queue<Line>) {
    queue.emit(Line(String::new()));
}

fn main() {}
