#[nexus::main]
#[nexus::main]
async fn main() {}
