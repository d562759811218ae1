nexus::link_crates!("plug");

fn main() {}
