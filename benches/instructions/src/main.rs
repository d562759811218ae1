//! A gate that does not depend on how busy a machine is: it counts instructions, under valgrind, and bytes.
//!
//! The program starts itself under callgrind, once with few events and once with many, on the current-thread runtime. The difference,
//! divided by that of the calls of handlers, is what an event costs; what starting up and ending cost is in both and cancels. For events
//! that are all queued before the first one is handled, the few are next to none, since a buffer that grows does not cost the same at
//! each size; and the bytes that they take are counted without valgrind.
//!
//! `--check` holds each figure against `limits.txt`, where a row's name stands beside its maximum.

#[path = "../../peers/src/counting.rs"]
mod counting;
mod limits;
mod rows;

use std::process::{Command, ExitCode, Stdio};

use nexus_workloads::{Runtime, Way, Workload};

use limits::Limits;
use rows::Row;

const USAGE: &str = "\
nexus-instructions: counts instructions and bytes an event

    --check     fails if a limit of benches/instructions/limits.txt is exceeded
    --all       10,000,000 waiting events too, which takes minutes
    --only A,B  these rows alone

It needs valgrind.";

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Error> {
    if let [child, workload, way, n] = arguments
        && matches!(child.as_str(), "--child" | "--bytes")
    {
        return run_child(child == "--bytes", workload, way, n.parse()?);
    }
    let (mut check, mut all, mut only) = (false, false, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--check" => check = true,
            "--all" => all = true,
            "--only" => only = Some(rest.next().ok_or("`--only` needs names of rows")?),
            "--help" => {
                println!("{USAGE}");
                return Ok(());
            }
            other => return Err(format!("`{other}` is no option\n\n{USAGE}").into()),
        }
    }
    find_valgrind()?;
    let rows = rows::all(all).into_iter();
    let rows = rows.filter(|row| only.is_none_or(|only| only.split(',').any(|name| name == row.name)));
    let rows: Vec<Row> = rows.collect();
    count(&rows, check)
}

fn run_child(bytes: bool, workload: &str, way: &str, n: u64) -> Result<(), Error> {
    let workload = Workload::named(workload).ok_or("no such workload")?;
    let way = Way::named(way).ok_or("no such way")?;
    counting::count(bytes);
    let measured = Runtime::Current.block_on(nexus_workloads::run(workload, way, n, counting::GAUGE));
    let measured = measured.ok_or("the workload is not measured in this way")?;
    if let Some(bytes) = measured.bytes_per_queued {
        println!("{bytes}");
    }
    Ok(())
}

fn find_valgrind() -> Result<(), Error> {
    let there = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("*** `valgrind` is not installed, so no instructions can be counted: install it, as by `apt-get install valgrind`".into())
}

/// Measures the rows, prints them, and fails if a limit is exceeded.
fn count(rows: &[Row], check: bool) -> Result<(), Error> {
    let limits = Limits::read()?;
    let unknown = limits.names().find(|name| !rows::is_known(name));
    if let Some(name) = unknown {
        return Err(format!("limits.txt has a limit for `{name}`, which is no row").into());
    }
    let mut exceeded = Vec::new();
    let mut queued: Vec<f64> = Vec::new();
    println!("{:<18} {:>10} {:>10}", "row", "figure", "limit");
    let mut show = |name: &str, figure: f64, digits: usize, what: &str| {
        let limit = limits.of(name);
        let shown = limit.map_or("-".to_owned(), |limit| limit.to_string());
        println!("{name:<18} {figure:>10.digits$} {shown:>10}  {what}");
        match limit {
            Some(limit) if figure > limit => {
                exceeded.push(format!("`{name}`: {figure:.digits$} {what}, but at most {limit} are allowed"));
            }
            None if check => exceeded.push(format!("`{name}` has no limit in limits.txt")),
            _ => {}
        }
    };
    for row in rows {
        let figure = row.measure()?;
        if row.is_queued() {
            queued.push(figure);
        }
        show(&row.name, figure, 1, row.unit.name());
    }
    if queued.len() > 1 {
        let most = queued.iter().copied().fold(f64::MIN, f64::max);
        let least = queued.iter().copied().fold(f64::MAX, f64::min);
        show(
            rows::SPREAD,
            most / least,
            3,
            "times as many instructions an event at the worst size as at the best",
        );
    }
    if check && !exceeded.is_empty() {
        return Err(format!("\nlimits are exceeded:\n  {}", exceeded.join("\n  ")).into());
    }
    Ok(())
}
