//! What this nexus costs a build, beside its peers: a program is generated for each framework and number of handlers, built in the
//! ways that a person builds it, and weighed.
//!
//! The programs do the same ([`programs`]). Cargo builds them one after another, and the time of each build is taken as the processor
//! spends it, all its compilers together, and as the clock shows it ([`cargo`], [`usage`]). The frameworks take turns, in shuffled
//! order. What comes out is put together to medians ([`results`]), printed ([`table`]) and, after a full run, written into
//! `docs/build-cost.md` ([`docs`]).

mod cargo;
mod docs;
mod programs;
mod results;
mod table;
mod usage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cargo::Cargo;
use programs::{Framework, Program};
use results::{Measure, Results};

type Error = Box<dyn std::error::Error>;

const USAGE: &str = "\
nexus-build-cost: measures what this nexus costs a build, beside its peers

    --quick             up to 100 handlers; writes no file
    --repetitions N     how often each is measured [default: 3, with --quick 1]
    --jobs N            as cargo takes it
    --sizes A,B         these numbers of handlers alone; writes no file
    --frameworks A,B    these alone; writes no file
    --warm              no builds from nothing; writes no file";

struct Options {
    quick: bool,
    warm: bool,
    repetitions: usize,
    jobs: Option<String>,
    sizes: Option<Vec<usize>>,
    frameworks: Option<Vec<String>>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Error> {
        let mut options =
            Self { quick: false, warm: false, repetitions: 0, jobs: None, sizes: None, frameworks: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--warm" => options.warm = true,
                "--repetitions" => options.repetitions = value()?.parse()?,
                "--jobs" => options.jobs = Some(value()?),
                "--sizes" => {
                    options.sizes = Some(value()?.split(',').map(str::parse).collect::<Result<_, _>>()?);
                }
                "--frameworks" => {
                    options.frameworks = Some(value()?.split(',').map(str::to_owned).collect());
                }
                other => return Err(format!("`{other}` is no option\n\n{USAGE}").into()),
            }
        }
        if options.repetitions == 0 {
            options.repetitions = if options.quick { 1 } else { 3 };
        }
        Ok(options)
    }

    fn sizes(&self) -> Vec<usize> {
        let all = if self.quick { &results::SIZES[..3] } else { &results::SIZES };
        self.sizes.clone().unwrap_or_else(|| all.to_vec())
    }

    fn frameworks(&self) -> Vec<Framework> {
        let wanted = |framework: &Framework| {
            self.frameworks.as_ref().is_none_or(|names| names.iter().any(|name| name == framework.name()))
        };
        Framework::ALL.into_iter().filter(wanted).collect()
    }

    /// Whether the documentation should say what this run has found.
    fn is_full(&self) -> bool {
        !self.quick && !self.warm && self.sizes.is_none() && self.frameworks.is_none()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [help] if help == "--help" => {
            println!("{USAGE}");
            Ok(())
        }
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

fn compare(options: &Options) -> Result<(), Error> {
    let this = std::env::current_exe()?;
    let target: PathBuf = this.ancestors().nth(2).ok_or("the program lies in no target directory")?.into();
    let root = target.join("build-cost");
    let cargo = Cargo::new(options.jobs.clone());
    Cargo::fetch()?;

    let (mut frameworks, sizes) = (options.frameworks(), options.sizes());
    let mut results = Results::default();
    for &framework in &frameworks {
        for &size in &sizes {
            let program = Program::new(framework, size, &root);
            program.write(size)?;
            Cargo::lock(&program)?;
        }
        // What the programs depend on is built before anything is timed.
        let program = Program::new(framework, sizes[0], &root);
        for arguments in [&["build"][..], &["check"], &["build", "--release"]] {
            cargo.run(&program, &program.target, arguments)?;
        }
        results.count(Measure::Crates, framework, 0, Cargo::crates(&program)?);
        eprintln!("{}: ready", framework.name());
    }
    for repetition in 1..=options.repetitions {
        for &size in &sizes {
            shuffle(&mut frameworks);
            for &framework in &frameworks {
                measure(&cargo, &Program::new(framework, size, &root), &mut results)?;
            }
            eprintln!("repetition {repetition} of {}: {size} handlers", options.repetitions);
        }
        if !options.warm {
            shuffle(&mut frameworks);
            for &framework in &frameworks {
                cold(&cargo, framework, &root, &mut results)?;
            }
            eprintln!("repetition {repetition} of {}: from nothing", options.repetitions);
        }
    }

    let text = table::markdown(&results, &sizes);
    let aims = table::aims(&results, &sizes);
    println!("{text}\n{aims}");
    if options.is_full() {
        docs::write(&text, &aims, options.repetitions)?;
    }
    Ok(())
}

/// One program, in each of the ways that it is built once its dependencies are.
fn measure(cargo: &Cargo, program: &Program, results: &mut Results) -> Result<(), Error> {
    let Program { framework, handlers, target, .. } = program;
    let (framework, handlers) = (*framework, *handlers);
    let mut add = |measure, cost| results.add(measure, framework, handlers, cost);

    program.write(handlers)?;
    program.forget()?;
    add(Measure::Dev, cargo.run(program, target, &["build"])?);
    let dev = program.verify("debug", handlers)?;
    program.write(handlers + 1)?;
    add(Measure::MoreBuilt, cargo.run(program, target, &["build"])?);
    program.verify("debug", handlers + 1)?;

    program.write(handlers)?;
    cargo.run(program, target, &["check"])?;
    program.write(handlers + 1)?;
    add(Measure::MoreChecked, cargo.run(program, target, &["check"])?);

    program.write(handlers)?;
    add(Measure::Release, cargo.run(program, target, &["build", "--release"])?);
    let release = program.verify("release", handlers)?;
    results.count(Measure::DevBytes, framework, handlers, dev);
    results.count(Measure::ReleaseBytes, framework, handlers, release);
    Ok(())
}

/// A program of one handler, with everything that it depends on.
fn cold(cargo: &Cargo, framework: Framework, root: &Path, results: &mut Results) -> Result<(), Error> {
    let program = Program::new(framework, 1, root);
    program.write(1)?;
    Cargo::lock(&program)?;
    let target = root.join(format!("cold-{}", framework.name()));
    for (measure, arguments) in
        [(Measure::ColdDev, &["build"][..]), (Measure::ColdRelease, &["build", "--release"])]
    {
        programs::remove(&target)?;
        results.add(measure, framework, 0, cargo.run(&program, &target, arguments)?);
    }
    programs::remove(&target)
}

/// Shuffles by the clock: no order is better than another.
fn shuffle<T>(items: &mut [T]) {
    for place in (1..items.len()).rev() {
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanoseconds = time.map_or(0, |time| time.subsec_nanos() as usize);
        items.swap(place, nanoseconds / 64 % (place + 1));
    }
}
