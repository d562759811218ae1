use nexus::prelude::*;

#[timer(evry = "1s", once = true, count_up = 0, domain = "Audit")]
unsafe fn tick<T>(_: u64, _: &mut Queue<()>, _: Meta) {}

fn main() {}
