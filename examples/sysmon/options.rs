//! What can be asked for on the command line, and the state that it becomes.

use std::str::FromStr;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::{Parser, ValueEnum, value_parser};
use nexus::Plan;

use crate::events::Gauge;

/// Watches this machine: CPU, memory, disks, load, and processes that come and go.
#[derive(Debug, Parser)]
#[command(name = "sysmon")]
pub(crate) struct Options {
    /// Stop after N seconds; without it, Ctrl-C ends the run.
    #[arg(long, value_name = "N", value_parser = value_parser!(i64).range(1..))]
    seconds: Option<i64>,

    /// Raise an alarm above this limit: `cpu`, `memory` or `disk` in percent (90 unless given), or `load` (2 for each
    /// core unless given). Can be repeated.
    #[arg(long = "limit", value_name = "KEY=VALUE")]
    limits: Vec<Limit>,

    /// Print which item emits and which handles what, and exit.
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "table")]
    pub(crate) graph: Option<Graph>,
}

impl Options {
    /// The settings of the run.
    pub(crate) fn settings(&self) -> Settings {
        Settings { seconds: self.seconds, ..Settings::default() }
    }

    /// The limits: what was given, and defaults for the rest. The last word on a key counts.
    pub(crate) fn limits(&self) -> Limits {
        self.limits.iter().fold(Limits::default(), |limits, limit| match *limit {
            Limit::Cpu(cpu) => Limits { cpu, ..limits },
            Limit::Memory(memory) => Limits { memory, ..limits },
            Limit::Disk(disk) => Limits { disk, ..limits },
            Limit::Load(load) => Limits { load, ..limits },
        })
    }
}

/// The forms in which the plan can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Graph {
    /// A table with file and line.
    Table,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz graph.
    Dot,
}

impl Graph {
    /// The plan in this form.
    pub(crate) fn of(self, plan: &Plan) -> String {
        match self {
            Self::Table => plan.table(),
            Self::Mermaid => plan.mermaid(),
            Self::Dot => plan.dot(),
        }
    }
}

/// How the machine is watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// The time between two readings of a gauge: shorter than the second between two lines, so that even the first line
    /// has a reading of each.
    pub(crate) period: Duration,
    /// How long to run; without end if `None`.
    pub(crate) seconds: Option<i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { period: Duration::from_millis(500), seconds: None }
    }
}

/// From which values on there is an alarm, in the units of the gauges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    cpu: f64,
    memory: f64,
    disk: f64,
    load: f64,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
        Self { cpu: 90.0, memory: 90.0, disk: 90.0, load: 2.0 * f64::from(cores) }
    }
}

impl Limits {
    /// The limit of a gauge.
    pub(crate) fn of(&self, gauge: &Gauge) -> f64 {
        match gauge {
            Gauge::Cpu => self.cpu,
            Gauge::Memory => self.memory,
            Gauge::Disk(_) => self.disk,
            Gauge::Load => self.load,
        }
    }
}

/// A limit, as it is given: `cpu=80`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Cpu(f64),
    Memory(f64),
    Disk(f64),
    Load(f64),
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const PERCENT: (f64, &str) = (100.0, "a percentage from 0 to 100");
        const NUMBER: (f64, &str) = (f64::MAX, "a number from 0 on");
        let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE, for example `cpu=80`")?;
        let (limit, (highest, kind)): (fn(f64) -> Self, _) = match key.trim() {
            "cpu" => (Self::Cpu, PERCENT),
            "memory" => (Self::Memory, PERCENT),
            "disk" => (Self::Disk, PERCENT),
            "load" => (Self::Load, NUMBER),
            other => return Err(format!("`{other}` is not one of `cpu`, `memory`, `disk`, `load`")),
        };
        match value.trim().trim_end_matches('%').parse() {
            Ok(value) if (0.0..=highest).contains(&value) => Ok(limit(value)),
            _ => Err(format!("`{value}` is not {kind}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        let arguments = ["sysmon"].iter().chain(arguments);
        Options::try_parse_from(arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_given_by_key_and_the_others_keep_their_defaults() {
        let limits =
            parse(&["--limit", "cpu=80", "--limit=load=1.5", "--limit", "disk=95%"]).unwrap().limits();
        let expected = Limits { cpu: 80.0, load: 1.5, disk: 95.0, ..Limits::default() };
        assert_eq!(limits, expected);
    }

    #[test]
    fn a_wrong_limit_is_told_what_is_accepted() {
        let message = |limit| parse(&["--limit", limit]).unwrap_err();
        assert!(message("gpu=80").contains("`gpu` is not one of `cpu`, `memory`, `disk`, `load`"));
        assert!(message("cpu").contains("write it as KEY=VALUE"));
        for limit in ["cpu=fast", "cpu=-1", "memory=101", "disk=", "cpu=NaN"] {
            assert!(message(limit).contains("is not a percentage from 0 to 100"), "{limit}");
        }
        assert!(message("load=inf").contains("is not a number from 0 on"));
    }

    #[test]
    fn a_graph_is_a_table_unless_it_says_otherwise() {
        assert_eq!(parse(&["--graph"]).unwrap().graph, Some(Graph::Table));
        assert_eq!(parse(&["--graph=dot"]).unwrap().graph, Some(Graph::Dot));
        assert_eq!(parse(&["--graph", "mermaid"]).unwrap().graph, Some(Graph::Mermaid));
        assert!(parse(&["--graph=svg"]).unwrap_err().contains("table, mermaid, dot"));
    }

    #[test]
    fn a_run_takes_at_least_a_second() {
        assert_eq!(parse(&["--seconds", "3"]).unwrap().settings().seconds, Some(3));
        assert!(parse(&["--seconds", "0"]).is_err());
    }
}
