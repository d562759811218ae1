//! What is counted, and how.

use std::process::{Command, Stdio};

use nexus_workloads::{Way, Workload};

use crate::Error;

/// What a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Instructions for each call of a handler, with all that leads to it.
    Instructions,
    /// Bytes for each event that waits.
    Bytes,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions an event",
            Self::Bytes => "bytes an event",
        }
    }
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    workload: Workload,
    way: Way,
    /// Events of the run that is subtracted, and of the other.
    few: u64,
    many: u64,
}

/// The row that compares those of all numbers of waiting events.
pub(crate) const SPREAD: &str = "QUEUED/spread";

const FLOWS: [(Workload, &[Way]); 6] = [
    (Workload::W1, &[Way::Each, Way::Batch, Way::Pull, Way::Ingest]),
    (Workload::W2, &[Way::Each]),
    (Workload::W3, &[Way::Each]),
    (Workload::W4, &[Way::Each]),
    (Workload::Hop, &[Way::Each]),
    (Workload::Filter, &[Way::Each]),
];

/// Powers of ten, and how rows name them; the last one with `--all` alone.
const QUEUED: [(u64, &str); 4] = [(10_000, "1e4"), (100_000, "1e5"), (1_000_000, "1e6"), (10_000_000, "1e7")];

/// All rows of this build.
pub(crate) fn all(with_most: bool) -> Vec<Row> {
    let built = |row: &Row| Way::ALL.contains(&row.way);
    rows().filter(|row| built(row) && (with_most || row.many < 10_000_000)).collect()
}

/// Whether there can be a row of this name, in this build or another.
pub(crate) fn is_known(name: &str) -> bool {
    name == SPREAD || rows().any(|row| row.name == name)
}

fn rows() -> impl Iterator<Item = Row> {
    let flows = FLOWS.into_iter().flat_map(|(workload, ways)| {
        ways.iter().map(move |&way| Row {
            name: format!("{}/{}", workload.name(), way.name()),
            unit: Unit::Instructions,
            workload,
            way,
            few: 20_480,
            many: 61_440,
        })
    });
    let queued = QUEUED.into_iter().flat_map(|(n, exponent)| {
        [("QUEUED", Unit::Instructions), ("BYTES", Unit::Bytes)].map(|(what, unit)| Row {
            name: format!("{what}/{exponent}"),
            unit,
            workload: Workload::Memory,
            way: Way::Each,
            few: 64,
            many: n.next_multiple_of(64),
        })
    });
    flows.chain(queued)
}

impl Row {
    /// Whether its figure is compared with those of other numbers of waiting events.
    pub(crate) fn is_queued(&self) -> bool {
        self.workload == Workload::Memory && self.unit == Unit::Instructions
    }

    #[allow(clippy::cast_precision_loss, reason = "a figure for a table")]
    pub(crate) fn measure(&self) -> Result<f64, Error> {
        if self.unit == Unit::Bytes {
            return Ok(self.child(&[], "--bytes", self.many)?.0.trim().parse()?);
        }
        let difference = self.instructions(self.many)? - self.instructions(self.few)?;
        let deliveries = (self.many - self.few) * self.workload.deliveries();
        Ok(difference as f64 / deliveries as f64)
    }

    fn instructions(&self, n: u64) -> Result<u64, Error> {
        let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let (_, said) = self.child(&callgrind, "--child", n)?;
        // `==123== Collected : 4567`
        let collected = said.lines().find_map(|line| line.split_once("Collected :"));
        let (_, collected) = collected.ok_or_else(|| format!("callgrind has not counted:\n{said}"))?;
        Ok(collected.trim().parse()?)
    }

    /// Runs this program, by another one or by itself; gives what it has printed and said.
    fn child(&self, by: &[&str], mode: &str, n: u64) -> Result<(String, String), Error> {
        let program = std::env::current_exe()?;
        let mut command = match by {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args([mode, self.workload.name(), self.way.name(), &n.to_string()]);
        let output = command.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(format!("{} has failed with {n} events:\n{said}", self.name).into());
        }
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), said))
    }
}
