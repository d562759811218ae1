use nexus::prelude::*;

#[named_event]
struct Line(String);

#[producer(ahead = 2, domian = Audit, as = "Out")]
unsafe fn keyboard<T>(_: u32, _: &mut Queue<Line>, _: &Meta) -> impl Send {}

fn main() {}
