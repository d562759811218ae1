//! Calls of cargo.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Error;
use crate::programs::Program;
use crate::usage::{Cost, timed};

/// The versions that are measured.
const LOCK: &str = include_str!("../Cargo.lock");

pub(crate) struct Cargo {
    jobs: Option<String>,
}

impl Cargo {
    pub(crate) fn new(jobs: Option<String>) -> Self {
        Self { jobs }
    }

    /// Sees to it that everything is downloaded.
    pub(crate) fn fetch() -> Result<(), Error> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut command = Self::command();
        command.args(["fetch", "--locked", "--quiet", "--manifest-path"]).arg(manifest);
        succeed(command).map(drop)
    }

    /// Gives a program those versions that this program's lock file has.
    pub(crate) fn lock(program: &Program) -> Result<(), Error> {
        std::fs::write(program.folder.join("Cargo.lock"), LOCK)?;
        let mut command = Self::command();
        command.args(["metadata", "--offline", "--quiet", "--format-version=1", "--manifest-path"]);
        command.arg(program.manifest());
        succeed(command).map(drop)
    }

    /// Builds or checks a program.
    pub(crate) fn run(&self, program: &Program, target: &Path, arguments: &[&str]) -> Result<Cost, Error> {
        let mut command = Self::command();
        command.args(arguments).args(["--quiet", "--offline", "--locked", "--manifest-path"]);
        command.arg(program.manifest()).arg("--target-dir").arg(target);
        if let Some(jobs) = &self.jobs {
            command.args(["--jobs", jobs]);
        }
        let (output, cost) = timed(|| succeed(command));
        output?;
        Ok(cost)
    }

    /// How many crates a program needs besides itself.
    pub(crate) fn crates(program: &Program) -> Result<u64, Error> {
        let mut command = Self::command();
        command.args(["tree", "--quiet", "--offline", "--locked", "--edges=normal,build", "--prefix=none"]);
        command.args(["--no-dedupe", "--format={p}", "--manifest-path"]).arg(program.manifest());
        let tree = succeed(command)?;
        let mut crates: Vec<&str> = tree.lines().filter(|line| !line.is_empty()).skip(1).collect();
        crates.sort_unstable();
        crates.dedup();
        Ok(crates.len() as u64)
    }

    /// A call that nothing in the environment changes.
    fn command() -> Command {
        let mut command = Command::new("cargo");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let changes = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_ENCODED_", "RUSTFLAGS", "RUSTC_"];
            if changes.iter().any(|start| text.starts_with(start))
                || ["CARGO_TARGET_DIR", "CARGO_INCREMENTAL"].contains(&&*text)
            {
                command.env_remove(&name);
            }
        }
        command.stdin(Stdio::null());
        command
    }
}

/// What a command prints. One that fails ends the comparison.
pub(crate) fn succeed(mut command: Command) -> Result<String, Error> {
    let output = command.output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} has failed: {}\n{errors}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
