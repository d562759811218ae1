#[nexus::main(flavour = "current_thread", worker_threads = 0)]
unsafe fn main<T>(_arguments: Vec<T>) -> impl Send {}
