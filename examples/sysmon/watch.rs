//! Raises alarms: one when a gauge goes over its limit, and none again until it has been well below it for a while.

use std::collections::BTreeMap;

use nexus::prelude::*;

use crate::events::{Alarm, Gauge, Reading, Relief};
use crate::options::Limits;

/// Well below is under this share of the limit.
const MARGIN: f64 = 0.9;
/// A while is this many readings: a program that works in bursts is one alarm, not one for each burst.
const PATIENCE: u32 = 6;

/// The gauges that are over their limits.
#[derive(Default)]
pub(crate) struct Watch {
    /// With how many readings each has been well below its limit since.
    raised: BTreeMap<Gauge, u32>,
}

#[handlers(default)]
impl Watch {
    /// The queue's type says which events can arise here; another one would not compile.
    #[handler(Reading)]
    fn watch(&mut self, reading: &Reading, queue: &mut Queue<(Alarm, Relief)>, limits: &Limits) {
        let Reading { ref gauge, value, .. } = *reading;
        let limit = limits.of(gauge);
        match self.raised.get_mut(gauge) {
            None if value > limit => {
                self.raised.insert(gauge.clone(), 0);
                queue.emit(Alarm { gauge: gauge.clone(), value, limit });
            }
            None => {}
            Some(calm) if value > limit * MARGIN => *calm = 0,
            Some(calm) => {
                *calm += 1;
                if *calm == PATIENCE {
                    self.raised.remove(gauge);
                    queue.emit(Relief { gauge: gauge.clone(), value });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(value: f64) -> Reading {
        Reading { gauge: Gauge::Cpu, value, note: String::new() }
    }

    /// How many alarms and reliefs each reading makes; the limit is 90.
    fn watch(values: impl IntoIterator<Item = f64>) -> Vec<(usize, usize)> {
        let (mut watch, mut queue, limits) = (Watch::default(), Queue::new(), Limits::default());
        let mut step = |value| {
            watch.watch(&cpu(value), &mut queue, &limits);
            (queue.take::<Alarm>().len(), queue.take::<Relief>().len())
        };
        values.into_iter().map(&mut step).collect()
    }

    #[test]
    fn an_alarm_is_raised_once() {
        assert_eq!(watch([90.0, 90.1, 95.0, 99.0]), [(0, 0), (1, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn a_value_just_below_the_limit_is_no_relief() {
        assert_eq!(
            watch([95.0, 89.0, 95.0].into_iter().cycle().take(30)).iter().map(|step| step.0).sum::<usize>(),
            1
        );
    }

    #[test]
    fn bursts_are_one_alarm() {
        let burst = [95.0, 5.0, 5.0, 5.0, 5.0, 5.0];
        let steps = watch(burst.into_iter().cycle().take(30));
        assert_eq!(steps.iter().filter(|step| **step != (0, 0)).count(), 1);
    }

    #[test]
    fn after_a_relief_there_is_a_new_alarm() {
        let mut steps = watch([95.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 95.0]);
        assert_eq!(steps.pop(), Some((1, 0)));
        assert_eq!(steps.pop(), Some((0, 1)));
    }

    /// A part of the program can be run alone: here the watch, whose alarms nobody handles.
    #[tokio::test]
    async fn an_alarm_overtakes_the_readings_that_wait() {
        let test = Nexus::empty().with::<Watch>().state(Limits::default()).test();
        for value in [95.0, 1.0, 2.0] {
            test.emit(cpu(value)).await.unwrap();
        }
        test.settle().await;
        let order: Vec<_> = test.all().iter().map(|event| event.event_type().to_string()).collect();
        assert_eq!(order, ["Reading", "Alarm", "Reading", "Reading"]);
        test.assert_none::<Relief>();
    }
}
