use nexus::prelude::*;

#[named_event]
struct Reading(f64);
#[named_event]
struct Alarm(f64);

#[handler(Reading)]
fn watch(_: &Reading) -> Result<Alarm, Box<dyn std::error::Error>> {
    Ok(Alarm(1.0))
}

fn main() {}
