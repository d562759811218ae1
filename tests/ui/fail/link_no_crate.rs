nexus::link_crates!();

fn main() {}
