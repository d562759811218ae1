use nexus::prelude::*;

#[named_event]
struct Line(String);

#[converter(ahaed = 2, domain = "Audit", as = 3)]
unsafe fn lines<T>(_: Emitter<Line>, _: u32, _: &mut Queue<Line>) -> Vec<Line> {
    Vec::new()
}

fn main() {}
