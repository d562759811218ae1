#[nexus::main]
async fn main() {}

#[nexus::main]
async fn main() {}
