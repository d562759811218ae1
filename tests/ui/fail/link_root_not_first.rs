nexus::link_crates!(nexus, crate = ::nexus);

fn main() {}
