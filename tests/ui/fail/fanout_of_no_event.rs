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

struct Page;

struct Pages;

impl Handler<Page> for Pages {
    type Emits = ();

    async fn handle(&mut self, _: &Page, _: &mut Queue<()>) -> Result {
        Ok(())
    }
}

#[derive(Fanout)]
#[fanout(Page)]
struct Sinks {
    pages: Pages,
}

fn main() {}
