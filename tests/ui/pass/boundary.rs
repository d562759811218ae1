//! Boundaries between domains: with every key and with none, on every kind of struct, there and back.

#![deny(warnings)]

use nexus::prelude::*;

#[named_event]
struct Alarm(u32);

#[named_event]
struct Page(u32);

#[named_event]
struct AlarmSeen(u32);

#[named_event]
struct Kept;

#[derive(Domain)]
struct Audit;

mod plant {
    #[derive(nexus::Domain)]
    pub struct Archive;
}

#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm, Page), replies(AlarmSeen), capacity = 2, ahead = 3, order = -1)]
struct ToAudit;

#[derive(nexus::Boundary, Clone, Debug, Default)]
#[boundary(from = Audit, to = self::plant::Archive)]
#[boundary(events(crate::Kept,), replies())]
pub(crate) struct ToArchive {
    _field: u8,
}

#[timer(every = "1ms", count_up = 5)]
fn alarms(count: i64) -> (Alarm, Page) {
    let count = u32::try_from(count).unwrap_or_default();
    (Alarm(count), Page(count))
}

#[handler(Alarm, domain = Audit)]
fn record(alarm: &Alarm) -> (AlarmSeen, Kept) {
    (AlarmSeen(alarm.0), Kept)
}

#[handler(Page, domain = Audit)]
fn page(_: &Page) {}

#[handler(Kept, domain = plant::Archive)]
fn keep(_: &Kept) {}

#[handler(AlarmSeen)]
fn seen(seen: &AlarmSeen) {
    assert!(seen.0 <= 5);
}

#[nexus::main]
async fn main() -> nexus::Result {
    let table = Nexus::empty().with::<ToAudit>().with::<ToArchive>().plan().table();
    assert!(table.contains("ToAudit") && table.contains("ToArchive"), "{table}");
    assert_eq!(format!("{:?}", ToArchive::default().clone()), "ToArchive { _field: 0 }");
    let ledger = Nexus::builder().build()?.run().await?;
    for boundary in &ledger.boundaries {
        let expected = if boundary.name == "ToAudit" { 10 } else { 5 };
        assert_eq!((boundary.taken, boundary.delivered), (expected, expected), "{ledger}");
    }
    assert_eq!(ledger.boundaries.len(), 2, "{ledger}");
    assert_eq!(ledger.of::<AlarmSeen>().handled, 5, "{ledger}");
    Ok(())
}
