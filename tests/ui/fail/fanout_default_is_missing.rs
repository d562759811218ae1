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
#[fanout(Reading, default)]
struct Sinks {
    store: Store,
}

fn main() {}
