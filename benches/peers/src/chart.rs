//! The chart: W1 on the current thread, a bar for each peer, on a logarithmic scale, since the slowest and the fastest are three orders
//! of magnitude apart. Colours are chosen to be read on white and on black.

use std::fmt::Write as _;

use nexus_workloads::{Runtime, Workload};

use crate::peers;
use crate::results::{Results, median};
use crate::table::count;

const WIDTH: f64 = 760.0;
/// Where the bars begin and end.
const BARS: (f64, f64) = (150.0, 670.0);
const ROW: f64 = 24.0;
const TOP: f64 = 34.0;

/// The chart as SVG.
pub(crate) fn svg(results: &Results) -> String {
    let own: Vec<&str> = peers::own().collect();
    let mut bars: Vec<(&str, f64)> = results
        .of(Runtime::Current, Workload::W1)
        .filter_map(|(peer, figures)| Some((peer, median(&figures.events_per_s)?)))
        .collect();
    bars.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    let least = bars.iter().map(|(_, figure)| figure.log10().floor()).fold(f64::INFINITY, f64::min).min(6.0);
    let most = bars.iter().map(|(_, figure)| figure.log10().ceil()).fold(least + 1.0, f64::max);
    let x = |exponent: f64| BARS.0 + (exponent - least) / (most - least) * (BARS.1 - BARS.0);
    let height = bars.iter().fold(TOP, |height, _| height + ROW) + 10.0;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>Events a second, one producer and one handler, on one thread (logarithmic)</title>\n\
         <style>\n\
         text {{ font: 13px system-ui, sans-serif; fill: #768390; }}\n\
         .axis {{ stroke: #8b949e; stroke-opacity: .45; }}\n\
         .peer {{ fill: #8b949e; }}\n\
         .own {{ fill: #d9730d; }}\n\
         </style>\n"
    );
    let mut exponent = least;
    while exponent <= most {
        let at = x(exponent);
        let label = count(10_f64.powf(exponent)).replace(".00", "").replace(".0", "");
        let bottom = height - 8.0;
        writeln!(
            svg,
            "<line class=\"axis\" x1=\"{at:.1}\" y1=\"{:.1}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\"/>",
            TOP - 8.0
        )
        .ok();
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>", TOP - 14.0)
            .ok();
        exponent += 1.0;
    }
    let mut y = TOP;
    for (peer, figure) in bars {
        let class = if own.contains(&peer) { "own" } else { "peer" };
        let (end, text) = (x(figure.log10()), y + 13.0);
        let (from, length) = (BARS.0, end - BARS.0);
        writeln!(svg, "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{peer}</text>", from - 8.0).ok();
        writeln!(svg, "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"16\" rx=\"2\"/>")
            .ok();
        writeln!(svg, "<text x=\"{:.1}\" y=\"{text:.1}\">{}</text>", end + 6.0, count(figure)).ok();
        y += ROW;
    }
    svg + "</svg>\n"
}
