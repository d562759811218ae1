#[nexus::main(flavor = current_thread, worker_threads = "2", crate = "nexus")]
async fn main() {}
