//! The tables, in Markdown that can also be read as it is.

use crate::programs::Framework;
use crate::results::{Measure, Results};

/// All that was measured.
pub(crate) fn markdown(results: &Results, sizes: &[usize]) -> String {
    let [cold, alone, more, bytes] =
        [from_nothing(results), alone(results, sizes), one_more(results, sizes), bytes(results, sizes)];
    format!(
        "### From nothing\n\n{cold}\n### The program alone\n\n{alone}\n### One handler more\n\n{more}\n### Bytes\n\n{bytes}"
    )
}

/// A head, and what stands below it for a framework.
type Column<'a> = (String, Box<dyn Fn(Framework) -> Option<String> + 'a>);

/// A row for each framework: its name, and what the columns say of it.
fn rows(results: &Results, columns: &[Column<'_>]) -> String {
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(columns.iter().map(|(head, _)| head.clone()));
    for framework in results.frameworks() {
        let mut row = vec![format!("`{}`", framework.name())];
        row.extend(columns.iter().map(|(_, cell)| cell(framework).unwrap_or_default()));
        rows.push(row);
    }
    aligned(&rows)
}

/// Seconds of the processor, and in brackets those of the clock.
fn seconds(results: &Results, head: String, measure: Measure, handlers: usize) -> Column<'_> {
    let cell = move |framework| {
        let cpu = digits(results.figure(measure, framework, handlers)?);
        Some(format!("{cpu} ({})", digits(results.wall(measure, framework, handlers)?)))
    };
    (head, Box::new(cell))
}

fn from_nothing(results: &Results) -> String {
    let crates = move |framework| Some(format!("{:.0}", results.figure(Measure::Crates, framework, 0)?));
    rows(
        results,
        &[
            ("crates".to_owned(), Box::new(crates)),
            seconds(results, "`cargo build`".to_owned(), Measure::ColdDev, 0),
            seconds(results, "`cargo build --release`".to_owned(), Measure::ColdRelease, 0),
        ],
    )
}

fn alone(results: &Results, sizes: &[usize]) -> String {
    let mut columns = Vec::new();
    for (profile, measure) in [("dev", Measure::Dev), ("release", Measure::Release)] {
        for &size in sizes {
            columns.push(seconds(results, format!("{profile}, {size}"), measure, size));
        }
        let each = move |framework| Some(format!("{} ms", digits(results.each(measure, framework)? * 1e3)));
        columns.push((format!("{profile}, each"), Box::new(each) as Box<_>));
    }
    rows(results, &columns)
}

fn one_more(results: &Results, sizes: &[usize]) -> String {
    let mut columns = Vec::new();
    for (command, measure) in [("build", Measure::MoreBuilt), ("check", Measure::MoreChecked)] {
        for &size in sizes {
            columns.push(seconds(results, format!("`{command}`, {size} + 1"), measure, size));
        }
    }
    rows(results, &columns)
}

fn bytes(results: &Results, sizes: &[usize]) -> String {
    let mut columns: Vec<Column<'_>> = Vec::new();
    for (profile, measure) in [("release", Measure::ReleaseBytes), ("dev", Measure::DevBytes)] {
        for &size in sizes {
            let cell =
                move |framework| Some(format!("{:.0} k", results.figure(measure, framework, size)? / 1e3));
            columns.push((format!("{profile}, {size}"), Box::new(cell)));
        }
        let each = move |framework| Some(format!("{:.0}", results.each(measure, framework)?));
        columns.push((format!("{profile}, each"), Box::new(each)));
    }
    rows(results, &columns)
}

/// What is aimed at: less than each of the peers, in everything.
pub(crate) fn aims(results: &Results, sizes: &[usize]) -> String {
    let head = ["", "÷ `kameo`", "below", "÷ `jaeb`", "below"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    let mut row = |name: String, figure: &dyn Fn(Framework) -> Option<f64>| {
        let Some(own) = figure(Framework::Nexus) else { return };
        let peers = [Framework::Kameo, Framework::Jaeb].into_iter().flat_map(|peer| {
            let ratio = figure(peer).map(|figure| own / figure);
            let below = ratio.map_or("", |ratio| if ratio < 1.0 { "yes" } else { "no" });
            [ratio.map_or(String::new(), digits), below.to_owned()]
        });
        rows.push(std::iter::once(name).chain(peers).collect());
    };
    row("crates".to_owned(), &|framework| results.figure(Measure::Crates, framework, 0));
    for (name, measure) in [
        ("`cargo build` from nothing", Measure::ColdDev),
        ("`cargo build --release` from nothing", Measure::ColdRelease),
    ] {
        row(name.to_owned(), &|framework| results.figure(measure, framework, 0));
    }
    for (name, measure) in [
        ("each handler, `cargo build`", Measure::Dev),
        ("each handler, `cargo build --release`", Measure::Release),
        ("each handler, bytes, release", Measure::ReleaseBytes),
        ("each handler, bytes, dev", Measure::DevBytes),
    ] {
        row(name.to_owned(), &|framework| results.each(measure, framework));
    }
    for (name, measure) in [("`cargo build`", Measure::MoreBuilt), ("`cargo check`", Measure::MoreChecked)] {
        for &size in sizes {
            row(format!("{name}, {size} + 1 handlers"), &|framework| {
                results.figure(measure, framework, size)
            });
        }
    }
    aligned(&rows)
}

/// A table in Markdown whose first column stands left.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|column| width(column).max(3)).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths
        .iter()
        .enumerate()
        .map(
            |(column, width)| {
                if column == 0 { "-".repeat(*width) } else { format!("{}:", "-".repeat(width - 1)) }
            },
        )
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

/// Three digits that say something.
fn digits(figure: f64) -> String {
    if figure >= 100.0 {
        format!("{figure:.0}")
    } else if figure >= 10.0 {
        format!("{figure:.1}")
    } else {
        format!("{figure:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["peer", "figure"], ["`a`", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "| peer | figure |\n| ---- | -----: |\n| `a`  |      1 |\n");
    }
}
