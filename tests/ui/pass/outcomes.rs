//! What handlers, filters and sources may return.

#![deny(warnings)]

use std::fmt;
use std::pin::Pin;

use nexus::prelude::*;

#[named_event(unhandled = discard)]
struct Alarm(u32);

#[named_event(unhandled = discard)]
struct Page;

#[named_event(unhandled = discard)]
struct Start;

#[named_event(unhandled = discard)]
struct Ticked;

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

/// A `Result` whose second parameter is only a part of the error.
mod coded {
    #[derive(Debug)]
    pub struct Code<K>(pub K);

    impl<K: std::fmt::Debug> std::fmt::Display for Code<K> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "code {:?}", self.0)
        }
    }

    impl<K: std::fmt::Debug> std::error::Error for Code<K> {}

    pub type Result<T, K> = std::result::Result<T, Code<K>>;
}

type Outcome = std::result::Result<Option<Alarm>, Broken>;

#[timer(every = "1ms", once)]
fn start() -> Start {
    Start
}

/// A timer that fails ticks again; what it returned before its error is in.
#[timer(every = "1ms", count_up = 4)]
fn flaky(count: i64) -> (Ticked, Result<Option<Ticked>, Broken>) {
    (Ticked, if count == 2 { Err(Broken) } else { Ok(None) })
}

#[handler(Start)]
fn nothing(_: &Start) {}

#[handler(Start)]
async fn one(_: &Start) -> Alarm {
    Alarm(1)
}

#[handler(Start)]
fn several(_: &Start) -> Vec<Alarm> {
    vec![Alarm(1), Alarm(2)]
}

#[handler(Start)]
fn tuple(_: &Start) -> (Alarm, Option<Page>, Vec<Page>, ()) {
    (Alarm(1), Some(Page), Vec::new(), ())
}

#[handler(Start)]
fn own_error(_: &Start) -> Result<Option<Alarm>, Broken> {
    Ok(None)
}

#[handler(Start)]
async fn text_error(_: &Start) -> Result<(), String> {
    Ok(())
}

#[handler(Start)]
fn alias(_: &Start) -> Outcome {
    Ok(Some(Alarm(3)))
}

#[handler(Start)]
fn never_fails(_: &Start) -> Result<Alarm, std::convert::Infallible> {
    Ok(Alarm(4))
}

#[handler(Start)]
fn coded_error(_: &Start) -> coded::Result<Option<Alarm>, u8> {
    Ok(None)
}

#[handler(Start)]
async fn nested(_: &Start) -> Option<Vec<Result<(Alarm, Option<()>), String>>> {
    Some(Vec::new())
}

#[filter]
fn coded_verdict(_: &Event) -> coded::Result<Verdict, u8> {
    Ok(Verdict::Pass)
}

#[filter]
fn fallible(event: &Event) -> Result<Verdict, Broken> {
    Ok((event.id() == 99).into())
}

#[converter]
fn boxed() -> Pin<Box<dyn Stream<Item = Result<Alarm>> + Send>> {
    Box::pin(futures_util::stream::iter([Ok(Alarm(1))]))
}

#[converter(ahead = 2)]
fn batches() -> impl Stream<Item = Vec<Alarm>> + Send + 'static {
    futures_util::stream::iter([vec![Alarm(1), Alarm(2)]])
}

#[converter]
fn named() -> futures_util::stream::Empty<Alarm> {
    futures_util::stream::empty()
}

#[converter]
async fn asked() -> Result<Option<Vec<Page>>, Broken> {
    Ok(None)
}

#[converter]
async fn asked_by_alias() -> Outcome {
    Ok(None)
}

#[converter]
async fn coded_answer() -> coded::Result<Option<Page>, u8> {
    Ok(None)
}

#[producer]
async fn coded_end(_: Emitter<Page>) -> coded::Result<(), u8> {
    Ok(())
}

#[producer]
async fn ended(out: Emitter<Page>) -> Result<(), nexus::EmitError<Page>> {
    out.emit(Page).await
}

#[producer]
fn on_a_thread(out: Emitter<(Page, Alarm)>) -> Result {
    out.emit_blocking(Page)?;
    Ok(())
}

#[nexus::main]
async fn main() -> Result<(), Broken> {
    let ledger = Nexus::builder().build().unwrap().run().await.unwrap();
    let alarms = ledger.of_type(&"Alarm".into());
    assert_eq!((alarms.discarded, alarms.failed), (9, 0), "{ledger}");
    assert_eq!(ledger.of_type(&"Page".into()).discarded, 3, "{ledger}");
    assert_eq!(ledger.of_type(&"Ticked".into()).discarded, 4, "{ledger}");
    Ok(())
}
