//! Keeps the last readings of each gauge, and sums them up once a second.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use nexus::prelude::*;
use tokio::time::Instant;

use crate::events::{Gauge, Reading, Row, Second, Summary};

/// How long a reading counts.
const WINDOW: Duration = Duration::from_secs(10);

/// A component: its methods are handlers, and what it keeps is theirs alone, so it needs no lock. One that is made by
/// `Default` need not be given to the builder.
#[derive(Default)]
pub(crate) struct Averages {
    gauges: BTreeMap<Gauge, History>,
}

/// The readings of a gauge in the window, the oldest first.
#[derive(Default)]
struct History {
    values: VecDeque<(Instant, f64)>,
    note: String,
}

#[handlers(default)]
impl Averages {
    /// Keeps a reading.
    #[handler(Reading)]
    fn keep(&mut self, reading: &Reading, meta: Meta) {
        let history = self.gauges.entry(reading.gauge.clone()).or_default();
        history.values.push_back((meta.time(), reading.value));
        history.note.clone_from(&reading.note);
    }

    /// Forgets what is old, a disk that is no longer there for one, and sums up the rest.
    #[handler(Second)]
    fn sum_up(&mut self, second: &Second, meta: Meta) -> Summary {
        let rows = self.gauges.iter_mut().filter_map(|(gauge, history)| {
            let History { values, note } = history;
            while values.front().is_some_and(|(taken, _)| meta.time() - *taken > WINDOW) {
                values.pop_front();
            }
            let (_, now) = *values.back()?;
            Some(Row { gauge: gauge.clone(), now, average: mean(values), note: note.clone() })
        });
        Summary { seconds: second.0, rows: rows.collect() }
    }
}

/// The mean of at least one value.
fn mean(values: &VecDeque<(Instant, f64)>) -> f64 {
    let (sum, count) = values.iter().fold((0.0, 0.0), |(sum, count), (_, value)| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(value: f64) -> Reading {
        Reading { gauge: Gauge::Cpu, value, note: format!("read {value}") }
    }

    #[test]
    fn a_summary_has_the_last_value_and_the_mean_of_the_window() {
        let begin = Instant::now();
        let after = |seconds| Meta::new(1).with_time(begin + Duration::from_secs(seconds));
        let mut averages = Averages::default();
        averages.keep(&cpu(90.0), after(0));
        averages.keep(&cpu(10.0), after(8));
        averages.keep(&cpu(30.0), after(12));

        let summary = averages.sum_up(&Second(12), after(12));
        assert_eq!(summary.seconds, 12);
        let row = Row { gauge: Gauge::Cpu, now: 30.0, average: 20.0, note: "read 30".to_owned() };
        assert_eq!(summary.rows, [row]);

        let later = averages.sum_up(&Second(30), after(30));
        assert_eq!(later.rows, [], "a gauge that is no longer read is no longer shown");
    }
}
