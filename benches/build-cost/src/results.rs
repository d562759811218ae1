//! What has been measured: repetitions, put together to medians.

use std::collections::BTreeMap;

use crate::programs::Framework;
use crate::usage::Cost;

/// The numbers of handlers.
pub(crate) const SIZES: [usize; 4] = [0, 1, 100, 1000];

/// What is measured of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// How many crates it depends on.
    Crates,
    /// `cargo build` from nothing.
    ColdDev,
    /// `cargo build --release` from nothing.
    ColdRelease,
    /// `cargo build` of it alone.
    Dev,
    /// `cargo build --release` of it alone.
    Release,
    /// `cargo build` with one handler more.
    MoreBuilt,
    /// `cargo check` with one handler more.
    MoreChecked,
    DevBytes,
    ReleaseBytes,
}

type Key = (Measure, Framework, usize);

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Results {
    costs: BTreeMap<Key, Vec<Cost>>,
    counts: BTreeMap<Key, u64>,
}

impl Results {
    pub(crate) fn add(&mut self, measure: Measure, framework: Framework, handlers: usize, cost: Cost) {
        self.costs.entry((measure, framework, handlers)).or_default().push(cost);
    }

    /// Notes what is the same each time.
    pub(crate) fn count(&mut self, measure: Measure, framework: Framework, handlers: usize, count: u64) {
        self.counts.insert((measure, framework, handlers), count);
    }

    pub(crate) fn frameworks(&self) -> impl Iterator<Item = Framework> {
        Framework::ALL.into_iter().filter(|framework| self.counts.keys().any(|key| key.1 == *framework))
    }

    /// A count, or seconds of the processor.
    pub(crate) fn figure(&self, measure: Measure, framework: Framework, handlers: usize) -> Option<f64> {
        let key = (measure, framework, handlers);
        #[allow(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
        let count = self.counts.get(&key).map(|count| *count as f64);
        count.or_else(|| median(self.costs.get(&key)?.iter().map(|cost| cost.cpu.as_secs_f64())))
    }

    /// Seconds of the clock.
    pub(crate) fn wall(&self, measure: Measure, framework: Framework, handlers: usize) -> Option<f64> {
        median(self.costs.get(&(measure, framework, handlers))?.iter().map(|cost| cost.wall.as_secs_f64()))
    }

    /// What each further handler adds, by what a hundred and what a thousand of them are.
    pub(crate) fn each(&self, measure: Measure, framework: Framework) -> Option<f64> {
        let figure = |handlers| self.figure(measure, framework, handlers);
        Some((figure(1000)? - figure(100)?) / 900.0)
    }
}

/// The middle one; of an even number, the mean of the two in the middle.
fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() % 2 {
        0 => Some(f64::midpoint(*figures.get(middle.checked_sub(1)?)?, figures[middle])),
        _ => figures.get(middle).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
        assert_eq!(median(std::iter::empty()), None);
    }
}
