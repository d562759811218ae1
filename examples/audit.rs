//! Two domains, each with its own dispatcher, joined by a boundary: alarms go over, and what the other side answers comes back
//! to the side that asked. A slow audit never holds up the watch; it is the source of the readings that is made to wait.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use nexus::prelude::*;

/// A temperature, in °C.
#[named_event]
struct Reading(f64);

/// Too hot.
#[named_event]
struct Alarm(f64);

/// The audit has written an alarm down under this number.
#[named_event]
struct Filed(u32);

/// What stands beside `Main`.
#[derive(Domain)]
struct Audit;

/// Carries alarms over, and brings back what they are answered with.
#[derive(Boundary)]
#[boundary(from = Main, to = Audit, events(Alarm), replies(Filed), capacity = 2)]
struct ToAudit;

/// Asked for the next reading when everything that arose from the last one is done, or waits in the boundary.
#[converter]
fn readings() -> impl Stream<Item = Reading> {
    stream::iter(1..=10).map(|n| Reading(25.0 + f64::from(n)))
}

#[handler(Reading)]
fn watch(reading: &Reading) -> Option<Alarm> {
    (reading.0 > 30.0).then_some(Alarm(reading.0))
}

#[handler(Filed)]
fn filed(filed: &Filed) {
    println!("alarm {} is filed", filed.0);
}

/// A component: its methods are handlers, and what they change needs no lock.
#[derive(Default)]
struct Book {
    entries: Vec<f64>,
}

#[handlers(default, domain = Audit)]
impl Book {
    /// What is emitted here goes back through the boundary, since that names it among its replies.
    #[handler(Alarm)]
    async fn write(&mut self, alarm: &Alarm) -> Filed {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.entries.push(alarm.0);
        Filed(self.entries.len().try_into().unwrap_or(u32::MAX))
    }
}

#[nexus::main]
async fn main() -> nexus::Result {
    println!("{}", Nexus::builder().build()?.run().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_is_complete() {
        nexus::assert_complete!();
    }

    #[tokio::test(start_paused = true)]
    async fn every_alarm_is_filed_and_the_watch_is_told() {
        let test = Nexus::builder().test();
        test.settle().await;
        let ledger = test.ledger();
        let boundary = &ledger.boundaries[0];
        assert_eq!((boundary.taken, boundary.delivered, boundary.replies), (5, 5, 5), "{ledger}");
        let filed: Vec<_> = test.events::<Filed>().iter().map(|filed| (filed.0, filed.domain)).collect();
        assert_eq!(filed, [1, 2, 3, 4, 5].map(|number| (number, "Main")));
        assert!(ledger.is_balanced(), "{ledger}");
    }

    /// A domain can be tested by itself: what would come through the boundary is put in.
    #[tokio::test(start_paused = true)]
    async fn the_book_numbers_what_it_is_given() {
        let test = Nexus::empty().with::<Book>().test();
        for celsius in [31.0, 32.0] {
            test.emit(Alarm(celsius)).await.unwrap();
        }
        test.settle().await;
        assert_eq!(test.events::<Filed>().iter().map(|filed| filed.0).collect::<Vec<_>>(), [1, 2]);
    }
}
