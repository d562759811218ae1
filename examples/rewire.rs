//! Changed while it runs: handlers, sources and timers that come and go, beside a plan that stays. What is registered by calls is
//! dynamic: the graph shows its domain as open.

use std::time::Duration;

use nexus::dynamic::{Fanout, Handler, Key, Overlay, Timer};
use nexus::{Event, Nexus, Queue, Result};

/// A handler that prints what it is given.
fn printing(name: &'static str) -> Handler {
    Handler::sync(name, move |event, _| println!("{name}: {event:?}"))
}

/// Adds to a nexus that runs, and takes away again.
async fn rewire(overlay: &Overlay) -> Result {
    // Nobody handles it yet but the default handler of the plan.
    overlay.ingest(Event::new(1, 404, 0, "not found")).await?;

    // A range of integer types; an exact type would beat it, and both beat the default.
    overlay.add_handler(400..=499, &printing("client errors"))?;
    overlay.ingest(Event::new(2, 404, 0, "not found")).await?;

    // One handler made of several, whose members come and go.
    let (log, page) = (printing("log"), printing("page"));
    let everybody = Fanout::new("everybody");
    everybody.register(&log)?;
    everybody.register(&page)?;
    overlay.add_handler(500..=599, everybody.handler())?;
    overlay.ingest(Event::new(3, 503, 0, "overloaded")).await?;
    everybody.deregister(&page)?;
    overlay.ingest(Event::new(4, 503, 0, "overloaded")).await?;

    // A timer that is started when it is added, stopped, and started again from its first value.
    overlay.add_handler("tick", &printing("timer"))?;
    let every = nexus::Timer::every(Duration::from_millis(20)).count_down(2);
    let timer = Timer::new("countdown", every, "tick", overlay.factory())?;
    overlay.add_source(timer.source())?;
    tokio::time::sleep(Duration::from_millis(30)).await;
    println!("stopped before its end: {}", timer.stop());
    timer.start().await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    println!("stopped before its end: {}", timer.stop());
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let rest = |event: &Event, _: &mut Queue<()>| println!("nobody else knows {event:?}");
    let nexus = Nexus::empty().on_key(Key::Default, "rest", rest).build()?.start()?;
    rewire(&nexus.overlay()).await?;
    nexus.drain()?;
    println!("{}", nexus.join().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_and_goes_is_called_while_it_is_there() {
        let rest = |_: &Event, _: &mut Queue<()>| ();
        let test = Nexus::empty().on_key(Key::Default, "rest", rest).test();
        rewire(&test.overlay()).await.unwrap();
        test.settle().await;
        let types: Vec<_> = test.all().iter().map(|event| event.event_type().to_string()).collect();
        assert_eq!(types, ["404", "404", "503", "503", "tick", "tick", "tick"]);
        let ledger = test.ledger();
        assert_eq!(ledger.total().handled, 4 + 3, "{ledger}");
        assert!(ledger.is_balanced(), "{ledger}");
    }
}
