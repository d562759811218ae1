use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

mod indoor {
    #[nexus::named_event(name = "indoor.Reading")]
    pub struct Reading;
}

#[handler(Reading)]
fn watch(_: &indoor::Reading) {}

fn main() {}
