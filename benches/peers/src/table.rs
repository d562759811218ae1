//! The table, in Markdown that can also be read as it is.

use nexus_workloads::{Runtime, Workload};

use crate::peers;
use crate::results::{Results, median, range};

/// All that was measured: a row for each peer, with the ratio of each of this project's rows to it.
pub(crate) fn markdown(results: &Results) -> String {
    let own: Vec<&str> = peers::own().collect();
    let heads = ["", "peer", "events/s", "from – to", "p50 ns", "p99 ns", "allocs/event", "bytes/queued"];
    let heads: Vec<String> = heads
        .iter()
        .map(|head| (*head).to_owned())
        .chain(own.iter().map(|row| format!("`{row}` ÷")))
        .collect();
    let mut rows = vec![heads];
    for runtime in [Runtime::Current, Runtime::Multi] {
        for workload in Workload::ALL {
            for (peer, figures) in results.of(runtime, workload) {
                let cell =
                    |figures: &[f64], shown: fn(f64) -> String| median(figures).map_or(String::new(), shown);
                let range = range(&figures.events_per_s)
                    .map_or(String::new(), |(least, most)| format!("{} – {}", count(least), count(most)));
                let mut row = vec![
                    format!("{} {}", workload.name(), runtime.name()),
                    format!("`{peer}`"),
                    cell(&figures.events_per_s, count),
                    range,
                    cell(&figures.p50_ns, |figure| format!("{figure:.0}")),
                    cell(&figures.p99_ns, |figure| format!("{figure:.0}")),
                    cell(&figures.allocs_per_event, |figure| format!("{figure:.3}")),
                    cell(&figures.bytes_per_queued, |figure| format!("{figure:.1}")),
                ];
                row.extend(own.iter().map(|own| {
                    let ratio = results.ratio(runtime, workload, own, peer).filter(|_| peer != *own);
                    ratio.map_or(String::new(), |ratio| format!("{}×", digits(ratio)))
                }));
                rows.push(row);
            }
        }
    }
    aligned(&rows, 2)
}

/// A table in Markdown whose first columns stand left.
pub(crate) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|column| width(column).max(3)).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = (0..columns)
        .map(|column| {
            let (width, end) = if column < left { (widths[column], "") } else { (widths[column] - 1, ":") };
            format!("{}{end}", "-".repeat(width))
        })
        .collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &line(row);
        if index == 0 {
            text += &line(&rule);
        }
    }
    text
}

/// A number of events in millions or thousands.
pub(crate) fn count(figure: f64) -> String {
    if figure >= 1e6 {
        format!("{} M", digits(figure / 1e6))
    } else if figure >= 1e3 {
        format!("{} k", digits(figure / 1e3))
    } else {
        digits(figure)
    }
}

/// Three digits that say something.
pub(crate) fn digits(figure: f64) -> String {
    if figure >= 100.0 {
        format!("{figure:.0}")
    } else if figure >= 10.0 {
        format!("{figure:.1}")
    } else if figure >= 0.1 {
        format!("{figure:.2}")
    } else {
        format!("{figure:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([400e6, 12.34e6, 591e3, 7.0].map(count), ["400 M", "12.3 M", "591 k", "7.00"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["peer", "figure"], ["`a`", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows, 1), "| peer | figure |\n| ---- | -----: |\n| `a`  |      1 |\n");
    }
}
