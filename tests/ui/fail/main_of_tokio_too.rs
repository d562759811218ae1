#[nexus::main]
#[tokio::main]
async fn main() {}
