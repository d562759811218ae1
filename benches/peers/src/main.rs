//! This nexus beside its peers. A figure alone says nothing: machines differ, and one machine differs from hour to hour. So both are
//! measured in one run, interleaved, and judged by their ratio.
//!
//! The program starts itself once for each peer, workload, runtime and repetition, in shuffled order; such a child makes one
//! measurement ([`child`]) and prints it. What comes back is put together to medians and ranges ([`results`]), printed as a table
//! ([`table`]) or as lines of JSON, and, in a full run, written into `docs/performance.md` with a chart ([`docs`], [`chart`]).

mod chart;
mod child;
mod counting;
mod docs;
mod peers;
mod promises;
mod results;
mod table;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use nexus_workloads::{Runtime, Workload};
use serde_json::Value;

use peers::python::Python;
use results::{Key, Results};

type Error = Box<dyn std::error::Error>;

const USAGE: &str = "\
nexus-peers: measures this nexus beside its peers

    --quick             within a minute: short runs, and on several threads W1 alone; writes no file
    --json              a line of JSON for each peer, workload and runtime; the table goes to standard error
    --repetitions N     how often each is measured [default: 7, with --quick 3]
    --workloads A,B     these alone; writes no file
    --peers A,B         these alone; writes no file";

struct Options {
    quick: bool,
    json: bool,
    repetitions: usize,
    workloads: Option<Vec<String>>,
    peers: Option<Vec<String>>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Error> {
        let mut options = Self { quick: false, json: false, repetitions: 0, workloads: None, peers: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--repetitions" => options.repetitions = value()?.parse()?,
                "--workloads" => options.workloads = Some(list(&value()?)),
                "--peers" => options.peers = Some(list(&value()?)),
                other => return Err(format!("`{other}` is no option\n\n{USAGE}").into()),
            }
        }
        if options.repetitions == 0 {
            options.repetitions = if options.quick { 3 } else { 7 };
        }
        Ok(options)
    }

    /// How long a measurement takes, after a warm-up with so many events.
    fn length(&self) -> (u64, Duration) {
        if self.quick { (1 << 13, Duration::from_millis(40)) } else { (1 << 17, Duration::from_millis(300)) }
    }

    fn wants(&self, key: Key) -> bool {
        let among = |names: &Option<Vec<String>>, name: &str| {
            names.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted == name))
        };
        let short = !self.quick || key.runtime == Runtime::Current || key.workload == Workload::W1;
        short && among(&self.workloads, key.workload.name()) && among(&self.peers, key.peer)
    }

    /// Whether the documentation should say what this run has found.
    fn is_full(&self) -> bool {
        !self.quick && self.workloads.is_none() && self.peers.is_none()
    }
}

fn list(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [help] if help == "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        [child, rest @ ..] if child == "--child" => run_child(rest),
        _ => Options::parse(arguments.into_iter()).and_then(|options| compare(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run_child(arguments: &[String]) -> Result<(), Error> {
    let [peer, workload, runtime, warm_up, milliseconds] = arguments else {
        return Err("a child takes: peer, workload, runtime, events to warm up, milliseconds".into());
    };
    let workload = Workload::named(workload).ok_or("no such workload")?;
    let runtime = Runtime::named(runtime).ok_or("no such runtime")?;
    let time = Duration::from_millis(milliseconds.parse()?);
    println!("{}", child::measure(peer, workload, runtime, warm_up.parse()?, time));
    Ok(())
}

fn compare(options: &Options) -> Result<(), Error> {
    let program = std::env::current_exe()?;
    let target: PathBuf = program.ancestors().nth(2).ok_or("the program lies in no target directory")?.into();
    let python = Python::install(&target).inspect_err(|missing| {
        eprintln!("\n*** the rows of Python are left out: {missing}\n*** they need python3 with venv, and a package index\n");
    });
    let python = python.ok();
    let (warm_up, time) = options.length();
    let command = |key: Key| {
        let (peer, workload) = (key.peer, key.workload.name());
        if peers::FOREIGN.contains(&peer) {
            let n = if options.quick { 8192 } else { 131_072 };
            return python.as_ref().map(|python| python.command(peer, workload, n));
        }
        let mut command = Command::new(&program);
        let [warm_up, time] = [warm_up.to_string(), time.as_millis().to_string()];
        command.args(["--child", peer, workload, key.runtime.name(), &warm_up, &time]);
        Some(command)
    };

    let mut keys: Vec<Key> = Key::all().filter(|key| options.wants(*key)).collect();
    let mut results = Results::default();
    for repetition in 1..=options.repetitions {
        fastrand::shuffle(&mut keys);
        let mut measured = Vec::with_capacity(keys.len());
        for key in &keys {
            let Some(value) = command(*key).map(|command| measure(*key, command)).transpose()? else {
                continue;
            };
            if !value.is_null() {
                results.add(*key, &value);
                measured.push(*key);
            }
        }
        // What is not for a peer is not asked again.
        keys = measured;
        eprintln!("repetition {repetition} of {}: {} measurements", options.repetitions, keys.len());
    }

    let text = table::markdown(&results);
    let promises = promises::markdown(&results);
    if options.json {
        for line in results.json() {
            println!("{line}");
        }
        eprintln!("\n{text}\n{promises}");
    } else {
        println!("{text}\n{promises}");
    }
    if options.is_full() {
        docs::write(&text, &promises, &chart::svg(&results), options.repetitions)?;
    }
    Ok(())
}

/// Waits for a child, and reads what it has measured. A child that fails ends the comparison: no figure is better than a wrong one.
fn measure(key: Key, mut command: Command) -> Result<Value, Error> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{key} has failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
