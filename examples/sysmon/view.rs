//! What is seen: a table on a terminal and a line a second anywhere else, with alarms between them.

use nexus::prelude::*;

use crate::events::{Alarm, Census, Ended, Gauge, Quit, Relief, Row, Started, Summary};
use crate::options::Limits;
use crate::screen::{Screen, unless_closed};

/// The cells of a bar.
const BAR: u32 = 20;
/// How many of the last processes that came or went are named.
const NAMED: usize = 4;

/// Shows what it is told of.
pub(crate) struct View {
    screen: Screen,
    seconds: i64,
    census: usize,
    changes: Vec<String>,
}

impl View {
    /// A view on this screen.
    pub(crate) fn on(screen: Screen) -> Self {
        Self { screen, seconds: 0, census: 0, changes: Vec::new() }
    }
}

#[handlers]
impl View {
    /// Draws the table, or writes a line. When nobody reads any more, it is time to go.
    #[handler(Summary)]
    fn show_summary(&mut self, summary: &Summary, limits: &Limits) -> Result<Option<Quit>> {
        self.seconds = summary.seconds;
        let shown = if self.screen.is_terminal() {
            let table = self.table(summary, limits);
            self.changes.drain(..self.changes.len().saturating_sub(NAMED));
            self.screen.table(table)
        } else {
            let line = self.line(summary);
            self.changes.clear();
            self.screen.line(&line)
        };
        Ok(if unless_closed(shown)? { None } else { Some(Quit) })
    }

    /// An alarm is shown at once, not with the next summary.
    #[handler(Alarm)]
    fn show_alarm(&mut self, alarm: &Alarm) -> Result {
        let Alarm { gauge, value, limit } = alarm;
        let (value, limit) = (gauge.show(*value), gauge.show(*limit));
        let line = format!("{:>4}s  ALARM: {gauge} is at {value}, over its limit of {limit}", self.seconds);
        let line = self.screen.red(line);
        unless_closed(self.screen.line(&line))?;
        Ok(())
    }

    /// The end of an alarm.
    #[handler(Relief)]
    fn show_relief(&mut self, relief: &Relief) -> Result {
        let Relief { gauge, value } = relief;
        let line = format!("{:>4}s  relief: {gauge} is down to {}", self.seconds, gauge.show(*value));
        unless_closed(self.screen.line(&line))?;
        Ok(())
    }

    /// Notes how many processes there are.
    #[handler(Census)]
    fn note_census(&mut self, census: &Census) {
        self.census = census.0;
    }

    /// Notes a process that came.
    #[handler(Started)]
    fn note_start(&mut self, process: &Started) {
        self.changes.push(format!("+{}({})", process.name, process.pid));
    }

    /// Notes a process that went.
    #[handler(Ended)]
    fn note_end(&mut self, process: &Ended) {
        self.changes.push(format!("-{}({})", process.name, process.pid));
    }
}

impl View {
    /// The summary in a line.
    fn line(&self, summary: &Summary) -> String {
        let gauges = summary.rows.iter().map(|Row { gauge, now, average, .. }| {
            let (now, average) = (gauge.show(*now), gauge.show(*average));
            if now == average { format!("{gauge} {now}") } else { format!("{gauge} {now} (avg {average})") }
        });
        let processes = format!("processes {}", self.processes());
        let cells: Vec<String> = gauges.chain([processes]).collect();
        format!("{:>4}s  {}", summary.seconds, cells.join("  "))
    }

    /// The summary in a table.
    fn table(&self, summary: &Summary, limits: &Limits) -> Vec<String> {
        let names = summary.rows.iter().map(|row| row.gauge.to_string().chars().count());
        let width = names.chain(["processes".len()]).max().unwrap_or(0);
        let title = format!("{:>4}s", summary.seconds);
        let space = BAR as usize;
        let heads = format!(
            "{title:width$}  {:space$}  {:>7}  {:>7}  {:>7}",
            "Ctrl-C ends", "now", "10s avg", "limit"
        );
        let rows = summary.rows.iter().map(|Row { gauge, now, average, note }| {
            let limit = limits.of(gauge);
            // A load has no natural end: its bar ends at the limit.
            let full = if matches!(gauge, Gauge::Load) { limit } else { 100.0 };
            let [value, average, most] = [*now, *average, limit].map(|value| gauge.show(value));
            let name = gauge.to_string();
            let row =
                format!("{name:width$}  {}  {value:>7}  {average:>7}  {most:>7}  {note}", bar(now / full));
            if *now > limit { self.screen.red(row) } else { row }
        });
        let processes = format!("{:width$}  {}", "processes", self.processes());
        [heads].into_iter().chain(rows).chain([processes]).collect()
    }

    /// How many processes there are, and which of them came and went.
    fn processes(&self) -> String {
        let (others, named) = self.changes.split_at(self.changes.len().saturating_sub(NAMED));
        let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let named: String = named.iter().flat_map(|change| [" ", change]).collect();
        format!("{}{named}{others}", self.census)
    }
}

/// A share from 0 to 1 as a bar.
fn bar(share: f64) -> String {
    let filled = |cell| f64::from(cell) + 0.5 <= share * f64::from(BAR);
    (0..BAR).map(|cell| if filled(cell) { '█' } else { '░' }).collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::screen::Paper;

    fn summary(now: f64, average: f64) -> Summary {
        let row = Row { gauge: Gauge::Cpu, now, average, note: "2 cores".to_owned() };
        Summary { seconds: 7, rows: vec![row] }
    }

    #[test]
    fn a_second_is_a_line() {
        let paper = Paper::default();
        let mut view = View::on(Screen::plain(paper.clone()));
        view.note_census(&Census(63));
        view.note_start(&Started { pid: 12, name: "cargo".to_owned() });
        view.show_summary(&summary(12.34, 10.0), &Limits::default()).unwrap();
        assert_eq!(paper.take(), "   7s  cpu 12.3% (avg 10.0%)  processes 63 +cargo(12)\n");
        view.show_summary(&summary(10.0, 10.0), &Limits::default()).unwrap();
        assert_eq!(paper.take(), "   7s  cpu 10.0%  processes 63\n");
    }

    #[test]
    fn a_table_has_a_row_for_each_gauge() {
        let view = View::on(Screen::plain(Paper::default()));
        let table = view.table(&summary(50.0, 25.0), &Limits::default());
        assert_eq!(table.len(), 3);
        assert_eq!(table[1], "cpu        ██████████░░░░░░░░░░    50.0%    25.0%    90.0%  2 cores");
    }

    #[test]
    fn of_many_processes_the_last_are_named() {
        let mut view = View::on(Screen::plain(Paper::default()));
        for pid in 1..=6 {
            view.note_end(&Ended { pid, name: "cc".to_owned() });
        }
        assert_eq!(view.processes(), "0 -cc(3) -cc(4) -cc(5) -cc(6) and 2 more");
    }

    #[test]
    fn alarms_and_reliefs_are_lines() {
        let paper = Paper::default();
        let mut view = View::on(Screen::plain(paper.clone()));
        view.show_alarm(&Alarm { gauge: Gauge::Load, value: 4.5, limit: 4.0 }).unwrap();
        view.show_relief(&Relief { gauge: Gauge::Disk("/".to_owned()), value: 50.0 }).unwrap();
        let expected =
            "   0s  ALARM: load is at 4.50, over its limit of 4.00\n   0s  relief: disk / is down to 50.0%\n";
        assert_eq!(paper.take(), expected);
    }

    #[test]
    fn when_nobody_reads_it_is_time_to_go() {
        struct Closed;
        impl io::Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut view = View::on(Screen::plain(Closed));
        assert!(view.show_summary(&summary(1.0, 1.0), &Limits::default()).unwrap().is_some());
    }
}
