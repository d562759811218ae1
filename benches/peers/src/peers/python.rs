//! The Python package `async_nexus`, which this project grew from: in a virtual environment that is made once, below the target
//! directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PACKAGE: &str = "async_nexus==1.0.2";
const SCRIPT: &str = include_str!("async_nexus_bench.py");

/// Where to find it.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    interpreter: PathBuf,
    script: PathBuf,
}

impl Python {
    /// Installs it, unless it is there; an error says what is missing.
    pub(crate) fn install(target: &Path) -> Result<Self, String> {
        let home = target.join("async_nexus");
        let interpreter = home.join("bin").join("python");
        let script = home.join("bench.py");
        let is_there = |interpreter: &Path| quiet(interpreter, &["-c", "import async_nexus"]).is_ok();
        if !is_there(&interpreter) {
            let home = home.to_str().ok_or("the target directory's path is no text")?;
            quiet(Path::new("python3"), &["-m", "venv", home])?;
            quiet(&interpreter, &["-m", "pip", "install", "--timeout", "20", "--retries", "1", PACKAGE])?;
        }
        std::fs::write(&script, SCRIPT).map_err(|error| format!("{}: {error}", script.display()))?;
        Ok(Self { interpreter, script })
    }

    /// The process that makes one measurement of a row of [`FOREIGN`](super::FOREIGN).
    pub(crate) fn command(&self, peer: &str, workload: &str, n: u64) -> Command {
        let mut command = Command::new(&self.interpreter);
        let way = if peer == "python" { "ingest" } else { "converter" };
        command.arg(&self.script).args([way, workload, &n.to_string()]);
        command
    }
}

fn quiet(program: &Path, arguments: &[&str]) -> Result<(), String> {
    let shown = format!("`{} {}`", program.display(), arguments.join(" "));
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{shown}: {}", said.lines().last().unwrap_or("it failed")))
}
