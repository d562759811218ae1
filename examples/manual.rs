//! No annotations: every item is given to the builder by hand. It is the same engine with the same promises, for those
//! who build a plan from data, add to one while they write a library, or want no macros.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use nexus::{Builder, Emitter, Event, Handler, NamedEvent, Nexus, Queue, Result, Timer};

/// What a guest hears.
struct Greeting(String);

impl NamedEvent for Greeting {
    const NAME: &'static str = "Greeting";
}

/// How many guests came.
struct Farewell(u32);

impl NamedEvent for Farewell {
    const NAME: &'static str = "Farewell";
    // Overtakes what waits: lower numbers go first.
    const PRIORITY: i32 = -10;
}

/// Counts the guests. A domain handles one event at a time, so `&mut self` needs no lock.
#[derive(Default)]
struct Guests(u32);

impl Handler<Greeting> for Guests {
    // What it may emit: another event would not compile.
    type Emits = Farewell;

    async fn handle(&mut self, greeting: &Greeting, queue: &mut Queue<Farewell>) -> Result {
        println!("{}", greeting.0);
        self.0 += 1;
        if self.0 == 6 {
            queue.emit(Farewell(self.0));
        }
        Ok(())
    }
}

/// A producer is any `async` function of an emitter, whose type says what it may emit.
async fn visit(out: Emitter<(Greeting, Event)>) -> Result {
    out.emit(Greeting("Hello from outside!".to_owned())).await?;
    // A dynamic event: its type is a number or a string, and its payload is JSON.
    out.emit(Event::new(1, "weather", 0, "sunny")).await?;
    out.emit(Event::new(2, 42, 0, "what is this?")).await?;
    Ok(())
}

/// The plan, item by item. Each has a name, for the ledger, the graph and messages.
fn program() -> Builder {
    Nexus::empty()
        // Sources: a timer, a stream that is asked for its next item when the last one is handled, and a task that emits
        // when it likes.
        .timer("tick", Timer::every(Duration::from_millis(100)).count_down(3), |left| {
            Greeting(format!("Hello from the timer! {left} to go."))
        })
        .converter("guests", stream::iter(["Ada", "Grace"]).map(|name| Greeting(format!("Hello, {name}!"))))
        .producer("visit", visit)
        // Handlers: an object, a closure, a closure whose future is boxed, and two for dynamic events.
        .handler("count", Guests::default())
        .on("farewell", |farewell: &Farewell, _: &mut Queue<()>| println!("{} came. Goodbye!", farewell.0))
        .on_async("linger", |_: &Farewell, _: &mut Queue<()>| {
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok(())
            }
            .boxed()
        })
        .on_key("weather", "weather", |event: &Event, _: &mut Queue<()>| {
            println!("It is {:?}.", event.json());
        })
        .on_key(nexus::dynamic::Key::Default, "rest", |event: &Event, _: &mut Queue<()>| {
            println!("Nobody else knows {event:?}.");
        })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    println!("{}", program().build()?.run().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everybody_is_greeted_and_the_last_one_brings_the_farewell() {
        let test = program().test();
        test.advance(Duration::from_secs(1)).await;
        test.settle().await;
        let ledger = test.ledger();
        assert_eq!(ledger.of::<Greeting>().handled, 6, "{test}");
        assert_eq!(ledger.of::<Farewell>().deliveries, 2, "{test}");
        assert_eq!(test.events::<Farewell>()[0].0, 6);
        assert_eq!(ledger.total().handled, 9, "{test}");
        assert!(ledger.is_balanced());
    }
}
