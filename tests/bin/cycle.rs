//! A program for the test of signals: a cycle without end on one thread, beside a timer.

use nexus::prelude::*;

/// Makes the next one.
#[named_event]
struct Hop;

#[named_event]
struct Tick(i64);

#[timer(every = "1ms", once)]
fn begin() -> Hop {
    Hop
}

#[handler(Hop)]
fn hop(_: &Hop) -> Hop {
    Hop
}

#[timer(every = "1ms")]
fn tick(count: i64) -> Tick {
    Tick(count)
}

/// Says when it is gone.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        println!("sources ended");
    }
}

#[producer]
async fn idle(out: Emitter<Tick>) {
    let _guard = Guard;
    std::future::pending::<()>().await;
    drop(out);
}

#[handler(Tick)]
fn show(tick: &Tick) {
    println!("tick {}", tick.0);
}

#[nexus::main(flavor = "current_thread")]
async fn main() -> nexus::Result {
    println!("{}", Nexus::builder().build()?.run().await?);
    Ok(())
}
