//! The test that the README shows.

use nexus::prelude::*;

#[named_event]
struct Reading(f64);

#[named_event]
#[derive(Debug, PartialEq)]
struct Alarm(f64);

#[handler(Reading)]
fn watch(reading: &Reading) -> Option<Alarm> {
    (reading.0 > 30.0).then_some(Alarm(reading.0))
}

#[tokio::test]
async fn a_reading_over_thirty_makes_an_alarm() {
    // Who handles alarms is left out here.
    let test = Nexus::empty().with::<watch>().test();
    for celsius in [20.5, 31.0] {
        test.emit(Reading(celsius)).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.events::<Alarm>(), [Alarm(31.0)]);
}
