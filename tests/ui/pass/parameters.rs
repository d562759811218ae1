//! Every kind of parameter, in any order behind the event, under any path and pattern.

#![deny(warnings)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nexus::prelude::*;

#[named_event]
#[derive(Clone)]
struct Reading {
    sensor: u32,
    celsius: f64,
}

#[named_event(unhandled = discard)]
struct Alarm(u32, f64);

#[named_event(unhandled = discard)]
struct Report;

struct Limits {
    max: f64,
}

trait Clock: Send + Sync {
    fn now(&self) -> u64;
}

/// It says nothing of threads.
trait Gauge {
    fn value(&self) -> u64;
}

struct Stopped;

impl Gauge for Stopped {
    fn value(&self) -> u64 {
        4
    }
}

impl Clock for Stopped {
    fn now(&self) -> u64 {
        3
    }
}

const PERIOD: Duration = Duration::from_millis(1);

fn never(_: &Limits) -> Duration {
    Duration::MAX
}

#[timer(every = Duration::from_secs(60), once)]
fn by_a_call() -> Option<Report> {
    None
}

#[timer(every = never)]
fn by_a_function() -> Option<Report> {
    None
}

#[timer(every = PERIOD, once)]
fn sample() -> Reading {
    Reading { sensor: 7, celsius: 40.0 }
}

#[handler(Reading)]
fn patterns(
    &Reading { sensor, celsius }: &Reading,
    Limits { max, .. }: &Limits,
    queue: &mut Queue<(Alarm, Report)>,
    (_, _): &(u8, u8),
) {
    if celsius > *max {
        queue.emit(Alarm(sensor, celsius));
    }
}

#[handler(crate::Reading)]
async fn paths(
    _: &self::Reading,
    queue: &mut nexus::Queue<(self::Alarm, crate::Report)>,
    meta: ::nexus::Meta,
    out: nexus::Emitter<Report>,
    limits: ::std::sync::Arc<Limits>,
) {
    assert!(meta.id() == 1 && limits.max > 0.0);
    queue.emit(Report);
    drop(out);
}

#[handler(Reading, order = 5)]
fn by_value(mut reading: Reading) {
    reading.celsius = 0.0;
    assert_eq!(reading.sensor, 7);
}

#[handler(Reading)]
fn whole_record(event: &Event, prices: &HashMap<String, Vec<u32>>) {
    assert!(event.is::<Reading>() && prices.is_empty());
}

#[handler(Reading)]
async fn objects(
    _: &Reading,
    boxed: &Box<dyn Clock>,
    shared: &Arc<dyn Clock>,
    function: &fn(u8) -> u8,
    gauge: &Arc<dyn Gauge + Send + Sync>,
) -> Result {
    assert_eq!(boxed.now() + shared.now() + u64::from(function(1)) + gauge.value(), 12);
    Ok(())
}

#[handler(Reading)]
fn dynamic(_: &Reading, queue: &mut Queue<Event>, _: Emitter<()>) {
    queue.emit(Event::new(1, "dynamic", 0, "text"));
}

#[handler(Reading)]
fn nothing(_: &Reading, _: &mut Queue<()>) -> () {}

#[nexus::main]
async fn main() -> nexus::Result {
    assert!(Nexus::empty().with::<by_a_call>().with::<by_a_function>().plan().table().contains("timer by_a_call"));
    let nexus = Nexus::empty()
        .with::<sample>()
        .with::<patterns>()
        .with::<paths>()
        .with::<by_value>()
        .with::<whole_record>()
        .with::<objects>()
        .with::<dynamic>()
        .with::<nothing>()
        .state(Limits { max: 30.0 })
        .state((1_u8, 2_u8))
        .state(HashMap::<String, Vec<u32>>::new())
        .state::<Box<dyn Clock>>(Box::new(Stopped))
        .state::<Arc<dyn Clock>>(Arc::new(Stopped))
        .state::<fn(u8) -> u8>(|x| x + 1)
        .state(Arc::new(Stopped) as Arc<dyn Gauge + Send + Sync>)
        .build()?;
    let ledger = nexus.run().await?;
    assert_eq!(ledger.of_type(&"Reading".into()).handled, 1, "{ledger}");
    assert_eq!(ledger.of_type(&"Alarm".into()).discarded, 1, "{ledger}");
    Ok(())
}
