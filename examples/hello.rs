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
    #[test]
    fn the_flow_is_complete() {
        nexus::assert_complete!();
    }
}
