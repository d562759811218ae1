//! No name of a function, of its parameters or of a constant meets a variable of the generated code.

#![deny(warnings)]

use nexus::prelude::*;

#[named_event(unhandled = discard)]
struct Reading(f64);

struct Limits;

macro_rules! handlers_named {
    ($($name:ident)*) => { $(
        mod $name {
            use super::*;

            #[handler(Reading)]
            fn $name(_: &Reading, _: &mut Queue<Reading>, _: &Limits, _: Meta) {}
        }
    )* };
}

handlers_named! { event queue context call outcome state state_0 shared events emits run record component __context }

mod later {
    use super::*;

    #[handler(Reading)]
    async fn call(call: &Reading, context: &mut Queue<Reading>, event: &Limits) {
        context.emit(Reading(call.0));
        let _ = event;
    }

    #[filter]
    async fn event(call: &Event, event: &Limits) -> Verdict {
        let _ = event;
        if call.id() > 3 { Verdict::Consume } else { Verdict::Pass }
    }
}

mod sources {
    use super::*;

    #[timer(every = "1s", once)]
    fn count(events: i64, state_0: &Limits) -> Option<Reading> {
        let _ = (events, state_0);
        None
    }

    #[timer(every = "1s", once)]
    fn outcome(count: i64) -> Option<Reading> {
        let _ = count;
        None
    }

    #[converter]
    async fn answer(events: &Limits) -> Option<Reading> {
        let _ = events;
        None
    }

    #[converter]
    async fn events() -> Option<Reading> {
        None
    }

    #[converter]
    fn stream(context: &Limits) -> impl Stream<Item = Reading> + use<> {
        let _ = context;
        futures_util::stream::empty()
    }

    #[converter]
    fn context() -> impl Stream<Item = Reading> {
        futures_util::stream::empty()
    }

    #[producer]
    async fn result(context: Emitter<Reading>) {
        drop(context);
    }

    #[producer]
    fn run(result: Emitter<Reading>) {
        drop(result);
    }
}

#[nexus::main]
async fn main() -> nexus::Result {
    let ledger = Nexus::builder().state(Limits).build()?.run().await?;
    assert_eq!(ledger.total().accepted, 0);
    Ok(())
}
