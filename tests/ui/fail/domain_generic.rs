use nexus::prelude::*;

#[derive(Domain)]
struct Audit<T>(T);

fn of<D: nexus::Domain>() {}

fn use_it() {
    of::<Audit<u8>>();
}

fn main() {}
