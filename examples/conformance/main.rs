//! Runs a scenario: reads it on standard input, as JSON, and prints the trace that it leaves, as JSON.
//!
//! ```text
//! cargo run -q --release --example conformance < tests/conformance/boundary-reply.json
//! ```
//!
//! A scenario says what to build, by the names of the reference implementation's vocabulary, what to do with it, and which
//! trace must come out. What runs it is the module [`dynamic`](nexus::dynamic) of the crate, used as any program may use it.
//! Its time is tokio's paused clock: nothing waits for real.

mod clock;
mod run;
mod scenario;
mod trace;

use std::io::Read as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut text) {
        eprintln!("cannot read the scenario: {error}");
        return ExitCode::FAILURE;
    }
    let scenario: scenario::Scenario = match serde_json::from_str(&text) {
        Ok(scenario) => scenario,
        Err(error) => {
            eprintln!("this is no scenario: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run::on_paused_clock(&scenario) {
        Ok(trace) => {
            println!("{}", serde_json::Value::from(trace));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the scenario cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
