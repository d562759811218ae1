//! What the parts of this program tell each other. They know these types, and not one another.

use std::fmt;

use nexus::prelude::*;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gauge {
    /// The share of time in which the processors worked, in percent.
    Cpu,
    /// The share of memory that is not available to a new program, in percent.
    Memory,
    /// The share of the disk at this mount point that is not available to you, in percent.
    Disk(String),
    /// The mean number of processes that ran or wanted to, over the last minute.
    Load,
}

impl Gauge {
    /// A value of this gauge, as people write it.
    pub(crate) fn show(&self, value: f64) -> String {
        match self {
            Self::Load => format!("{value:.2}"),
            Self::Cpu | Self::Memory | Self::Disk(_) => format!("{value:.1}%"),
        }
    }
}

impl fmt::Display for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Memory => f.pad("memory"),
            Self::Disk(mount) => f.pad(&format!("disk {mount}")),
            Self::Load => f.pad("load"),
        }
    }
}

/// A measurement.
#[named_event]
#[derive(Debug)]
pub(crate) struct Reading {
    /// What was measured.
    pub(crate) gauge: Gauge,
    /// The value, in the gauge's unit.
    pub(crate) value: f64,
    /// What a reader wants to know besides; may be empty.
    pub(crate) note: String,
}

/// A gauge has gone over its limit. Overtakes the readings that wait: lower numbers go first.
#[named_event(priority = -10)]
#[derive(Debug)]
pub(crate) struct Alarm {
    /// What was measured.
    pub(crate) gauge: Gauge,
    /// The value that went over the limit.
    pub(crate) value: f64,
    /// The limit.
    pub(crate) limit: f64,
}

/// A gauge for which there was an alarm is well below its limit again.
#[named_event(priority = -10)]
#[derive(Debug)]
pub(crate) struct Relief {
    /// What was measured.
    pub(crate) gauge: Gauge,
    /// The value now.
    pub(crate) value: f64,
}

/// How many processes there are.
#[named_event]
pub(crate) struct Census(pub(crate) usize);

/// A process has come.
#[named_event]
pub(crate) struct Started {
    /// Its id.
    pub(crate) pid: u32,
    /// Its program.
    pub(crate) name: String,
}

/// A process has gone.
#[named_event]
pub(crate) struct Ended {
    /// Its id.
    pub(crate) pid: u32,
    /// Its program.
    pub(crate) name: String,
}

/// A second has passed: the first, the second, and so on.
#[named_event]
pub(crate) struct Second(pub(crate) i64);

/// What there is to know after a second.
#[named_event]
#[derive(Debug)]
pub(crate) struct Summary {
    /// For how many seconds the program has run.
    pub(crate) seconds: i64,
    /// A row for each gauge.
    pub(crate) rows: Vec<Row>,
}

/// A gauge in a summary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) gauge: Gauge,
    /// The last value.
    pub(crate) now: f64,
    /// The mean of the last values.
    pub(crate) average: f64,
    /// The note of the last reading.
    pub(crate) note: String,
}

/// It is time to go.
#[named_event]
pub(crate) struct Quit;
