//! What `#[nexus::main]` makes of signals and errors: real processes, real signals.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A program under test.
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(path: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(path);
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads until so many ticks have been printed.
    fn ticks(&mut self, count: usize) {
        let lines = self.lines.by_ref().map(Result::unwrap).filter(|line| line.starts_with("tick"));
        assert_eq!(lines.take(count).count(), count, "it ended too early");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.expect("`kill` is there").success());
    }

    /// Waits for its end: the exit code and what it printed last.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let rest = self.lines.map(Result::unwrap).filter(|line| !line.starts_with("tick")).collect();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn the_first_signal_drains() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(env!("CARGO_BIN_EXE_service"), &[]);
        program.ticks(3);
        program.signal(signal);
        let (code, ledger) = program.end();
        assert_eq!(code, Some(0), "{ledger:?}");
        let total: Vec<&str> = ledger.last().unwrap().split_whitespace().collect();
        assert_eq!(total[0], "total");
        assert_eq!(total[1], total[2], "all that was accepted is handled: {ledger:?}");
    }
}

#[test]
fn signals_and_timers_come_through_a_busy_cycle_on_one_thread_and_the_second_signal_aborts() {
    let mut program = Program::start(env!("CARGO_BIN_EXE_cycle"), &[]);
    program.ticks(5);
    program.signal("-INT");
    // It drains: the sources end, the cycle does not.
    assert!(program.lines.by_ref().any(|line| line.unwrap() == "sources ended"));
    program.signal("-INT");
    let (code, rest) = program.end();
    assert_eq!(code, Some(130), "what was dropped is no success");
    assert!(rest.iter().any(|line| line.starts_with("total")), "the ledger is printed: {rest:?}");
}

#[test]
fn a_signal_ends_a_program_whose_nexus_does_not_run() {
    let mut program = Program::start(env!("CARGO_BIN_EXE_service"), &["wait"]);
    program.ticks(1);
    program.signal("-INT");
    assert_eq!(program.end().0, Some(130));
}

#[test]
fn an_error_is_printed_as_it_displays_itself() {
    let output = Command::new(env!("CARGO_BIN_EXE_service")).arg("fail").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: no such device\n");
}
