//! Watches the machine that it runs on: `cargo run --example sysmon`.
//!
//! It shows what a program in this style looks like. Sources read the machine, handlers keep averages, raise alarms and
//! draw, and each says in its signature what it takes and what it emits. Nothing here connects them: the flow that
//! follows from the signatures is in `flow.mmd`, and `--graph` prints it.

// `Meta` and `Emitter<…>` are parameters by value, used up or not.
#![allow(clippy::needless_pass_by_value)]

mod averages;
mod events;
mod options;
mod screen;
mod sources;
mod view;
mod watch;

use clap::Parser as _;
use nexus::WeakHandle;
use nexus::prelude::*;

use events::{Quit, Second};
use options::{Limits, Options, Settings};
use screen::Screen;
use view::View;

/// Ends the run when `--seconds` have passed.
#[handler(Second)]
fn stop_after(second: &Second, settings: &Settings) -> Option<Quit> {
    (Some(second.0) == settings.seconds).then_some(Quit)
}

/// From here on nothing enters, and what is under way is handled: the last summary is still drawn.
#[handler(Quit)]
fn quit(_: &Quit, nexus: &WeakHandle) -> Result {
    if let Some(nexus) = nexus.upgrade() {
        nexus.drain()?;
    }
    Ok(())
}

/// Everything that is annotated, and what it needs to run.
fn program(settings: Settings, limits: Limits, screen: Screen) -> nexus::Builder {
    let builder = Nexus::builder();
    let nexus = builder.weak_handle();
    builder
        .state(settings)
        .state(limits)
        .state(nexus)
        .component(View::on(screen))
        .on_error(|failure, _| eprintln!("sysmon: {failure}"))
}

#[nexus::main]
async fn main() -> Result {
    let options = Options::parse();
    if let Some(graph) = options.graph {
        screen::print(&graph.of(&Nexus::builder().plan()))?;
        return Ok(());
    }
    let ledger = program(options.settings(), options.limits(), Screen::stdout()).build()?.run().await?;
    screen::print(&format!("\n{ledger}\n"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::events::{Alarm, Gauge, Reading, Summary};
    use crate::screen::Paper;

    #[test]
    fn the_flow_is_complete() {
        nexus::assert_complete!();
    }

    #[test]
    fn the_flow_is_as_drawn() {
        nexus::assert_graph!("sysmon/flow.mmd");
    }

    #[test]
    fn it_stops_after_as_many_seconds_as_asked_for() {
        let settings = Settings { seconds: Some(3), ..Settings::default() };
        assert!(stop_after(&Second(2), &settings).is_none());
        assert!(stop_after(&Second(3), &settings).is_some());
        assert!(stop_after(&Second(3), &Settings::default()).is_none());
    }

    /// The whole program, but for the sources that read the machine.
    #[tokio::test(start_paused = true)]
    async fn a_hot_processor_is_told_once_and_summed_up_each_second() {
        let paper = Paper::default();
        let settings = Settings { seconds: Some(2), ..Settings::default() };
        let test = program(settings, Limits::default(), Screen::plain(paper.clone()))
            .without::<sources::load>()
            .without::<sources::memory>()
            .without::<sources::disks>()
            .without::<sources::cpu>()
            .without::<sources::processes>()
            .test();
        for value in [95.0, 97.0] {
            test.emit(Reading { gauge: Gauge::Cpu, value, note: String::new() }).await.unwrap();
        }
        test.settle().await;
        assert_eq!(test.events::<Alarm>().len(), 1);
        test.assert_none::<Summary>();

        test.advance(Duration::from_secs(1)).await;
        let summaries = test.events::<Summary>();
        let averages: Vec<_> = summaries[0].rows.iter().map(|row| (row.now, row.average)).collect();
        assert_eq!(averages, [(97.0, 96.0)]);
        test.assert_none::<Quit>();

        test.advance(Duration::from_secs(1)).await;
        test.ended().await;
        assert_eq!(test.events::<Quit>().len(), 1);
        assert!(paper.take().ends_with("   2s  cpu 97.0% (avg 96.0%)  processes 0\n"));
    }

    #[tokio::test]
    async fn a_run_of_a_second_prints_a_line_and_accounts_for_every_event() {
        let settings = Settings { period: Duration::from_millis(250), seconds: Some(1) };
        let paper = Paper::default();
        let screen = Screen::plain(paper.clone());
        let ledger = program(settings, Limits::default(), screen).build().unwrap().run().await.unwrap();
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!(ledger.total().failed + ledger.total().dropped, 0, "{ledger}");
        assert!(ledger.of::<Reading>().handled >= 3, "{ledger}");
        assert_eq!(ledger.of::<Summary>().handled, 1, "{ledger}");
        // A machine that is busy with tests may have an alarm before it.
        let lines = paper.take();
        assert!(
            lines.lines().any(|line| line.starts_with("   1s  cpu ") && line.contains("memory ")),
            "{lines}"
        );
    }
}
