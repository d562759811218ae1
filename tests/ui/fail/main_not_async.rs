#[nexus::main]
fn main() {}
