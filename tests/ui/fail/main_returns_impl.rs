#[nexus::main]
async fn main() -> impl Send {}
