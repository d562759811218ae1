use nexus::prelude::*;

#[filter(oder = 10, domain = "Audit", as = a::b)]
unsafe fn keep<T>(_: &mut Event, _: u32, _: &Emitter<()>) {}

fn main() {}
