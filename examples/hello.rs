//! The smallest program: a timer, a handler, and the accounts at the end.

use nexus::prelude::*;

#[named_event]
struct Greeting(String);

#[timer(every = "200ms", count_down = 3)]
fn greet(left: i64) -> Greeting {
    Greeting(format!("Hello! {left} to go."))
}

#[handler(Greeting)]
fn print(greeting: &Greeting) {
    println!("{}", greeting.0);
}

#[nexus::main]
async fn main() -> nexus::Result {
    println!("{}", Nexus::builder().build()?.run().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_flow_is_complete() {
        nexus::assert_complete!();
    }

    #[tokio::test(start_paused = true)]
    async fn it_greets_three_times() {
        let test = Nexus::builder().test();
        test.advance(Duration::from_secs(1)).await;
        let greetings: Vec<_> = test.events::<Greeting>().iter().map(|greeting| greeting.0.clone()).collect();
        assert_eq!(greetings, ["Hello! 2 to go.", "Hello! 1 to go.", "Hello! 0 to go."]);
    }
}
