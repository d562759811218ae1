//! Step 6 of `docs/guide.md`: a service, and its tests.

use std::io::BufRead as _;

use nexus::prelude::*;

/// A line from a thermometer.
#[named_event]
struct Line(String);

/// A temperature, in °C.
#[named_event]
struct Reading(i64);

/// It has got too hot.
#[named_event(priority = -10)]
#[derive(Debug, PartialEq)]
struct Alarm(i64);

/// A minute is over.
#[named_event]
struct Minute;

/// The mean temperature of a minute, in °C.
#[named_event]
#[derive(Debug, PartialEq)]
struct Report(i64);

struct Limits {
    max: i64,
}

#[derive(Default)]
struct Watch {
    hot: bool,
    readings: Vec<i64>,
}

#[handlers(default)]
impl Watch {
    #[handler(Reading)]
    fn watch(&mut self, reading: &Reading, limits: &Limits) -> Option<Alarm> {
        self.readings.push(reading.0);
        let was_hot = self.hot;
        self.hot = reading.0 > limits.max;
        (self.hot && !was_hot).then_some(Alarm(reading.0))
    }

    #[handler(Minute)]
    fn sum_up(&mut self, _: &Minute) -> Option<Report> {
        let readings = std::mem::take(&mut self.readings);
        let count = i64::try_from(readings.len()).ok()?;
        Some(Report(readings.iter().sum::<i64>().checked_div(count)?))
    }
}

#[producer]
fn lines(out: Emitter<Line>) -> Result {
    for line in std::io::stdin().lock().lines() {
        out.emit_blocking(Line(line?))?;
    }
    Ok(())
}

#[timer(every = "1min")]
fn minutes() -> Minute {
    Minute
}

#[handler(Line)]
fn read(line: &Line) -> Result<Reading> {
    Ok(Reading(line.0.trim().parse()?))
}

#[handler(Alarm)]
fn ring(alarm: &Alarm) {
    println!("too hot: {} °C", alarm.0);
}

#[handler(Report)]
fn print(report: &Report) {
    println!("mean of the last minute: {} °C", report.0);
}

fn program() -> nexus::Builder {
    Nexus::builder().state(Limits { max: 25 }).on_error(|failure, _| eprintln!("greenhouse: {failure}"))
}

#[nexus::main]
async fn main() -> Result {
    println!("{}", program().build()?.run().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nexus::testing::TestNexus;

    use super::*;

    /// Whatever is annotated fits together.
    #[test]
    fn the_flow_is_complete() {
        nexus::assert_complete!();
    }

    /// An annotated function is a function.
    #[test]
    fn a_line_is_a_number() {
        assert_eq!(read(&Line(" 20".to_owned())).unwrap().0, 20);
        assert!(read(&Line("2o".to_owned())).is_err());
    }

    /// The whole program, but for what reads the terminal.
    async fn after(lines: &[&str]) -> TestNexus {
        let test = program().without::<lines>().test();
        for line in lines {
            test.emit(Line((*line).to_owned())).await.unwrap();
        }
        test.settle().await;
        test
    }

    #[tokio::test(start_paused = true)]
    async fn it_rings_each_time_that_it_gets_too_hot() {
        let test = after(&["20", "26", "27", "20", "28"]).await;
        assert_eq!(test.events::<Alarm>(), [Alarm(26), Alarm(28)]);
        test.assert_none::<Report>();
    }

    /// The clock is paused, so that a minute takes no time.
    #[tokio::test(start_paused = true)]
    async fn it_reports_the_mean_of_each_minute() {
        let test = after(&["20", "22"]).await;
        test.advance(Duration::from_mins(1)).await;
        assert_eq!(test.events::<Report>(), [Report(21)]);
        test.advance(Duration::from_mins(1)).await;
        assert_eq!(test.events::<Report>(), [Report(21)], "a minute without readings has no mean");
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_is_no_number_is_told_and_the_next_one_is_read() {
        let test = after(&["2o", "20"]).await;
        let failures: Vec<_> = test.failures().iter().map(ToString::to_string).collect();
        assert_eq!(failures, ["`read` failed on `Line` #1: invalid digit found in string"]);
        assert_eq!(test.events::<Reading>().len(), 1);
    }
}
