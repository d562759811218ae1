//! A program for the test of signals: a service that waits for work.

use nexus::prelude::*;

#[named_event]
struct Tick;

#[timer(every = "1ms")]
fn tick() -> Tick {
    Tick
}

#[handler(Tick)]
fn show(_: &Tick) {
    println!("tick");
}

#[nexus::main]
async fn main() -> nexus::Result {
    if std::env::args().any(|argument| argument == "fail") {
        return Err("no such device".into());
    }
    if std::env::args().any(|argument| argument == "wait") {
        println!("tick");
        std::future::pending::<()>().await;
    }
    let ledger = Nexus::builder().build()?.run().await?;
    println!("{ledger}");
    Ok(())
}
