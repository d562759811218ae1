nexus::link_crates!(plug_that_is_not_there);

fn main() {}
