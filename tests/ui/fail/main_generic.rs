#[nexus::main]
async fn main<T>() {}
