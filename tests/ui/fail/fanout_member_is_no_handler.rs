use nexus::Handler;
use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Store;

impl Handler<Reading> for Store {
    type Emits = ();

    async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> Result {
        Ok(())
    }
}

#[derive(Fanout)]
#[fanout(Reading)]
struct Sinks {
    store: Store,
    seen: Vec<f64>,
}

fn main() {}
