//! Step 5 of `docs/guide.md`: when something goes wrong.

use nexus::prelude::*;

/// A line from a thermometer.
#[named_event]
struct Line(&'static str);

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

#[timer(every = "100ms", count_up = 3)]
fn lines(count: i64) -> Line {
    Line(if count == 2 { "2o" } else { "20" })
}

/// An error is an entry in the accounts, not the end.
#[handler(Line)]
fn read(line: &Line) -> Result<Reading> {
    Ok(Reading(line.0.parse()?))
}

#[handler(Reading)]
fn show(reading: &Reading) {
    println!("{} °C", reading.0);
}

/// What failed comes back as an event, with the reason.
#[handler(DeadLetter)]
fn note(letter: &DeadLetter) {
    println!("could not be read: {}", letter.failure);
}

#[nexus::main]
async fn main() -> Result {
    let builder = Nexus::builder().on_error(|failure, _| eprintln!("greenhouse: {failure}"));
    println!("{}", builder.build()?.run().await?);
    Ok(())
}
