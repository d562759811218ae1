//! Where events come from: one of each kind of source, and what each kind is good for.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::thread;

use futures_util::stream;
use nexus::prelude::*;
use sysinfo::{
    DiskRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, Pid, ProcessRefreshKind,
    ProcessesToUpdate, System,
};

use crate::events::{Census, Ended, Gauge, Reading, Second, Started};
use crate::options::Settings;

/// A timer is called once a period, and emits what it returns.
#[timer(every = "1s")]
fn second(count: i64) -> Second {
    Second(count)
}

/// The period may come from state: it is read when the program starts.
#[timer(every = |settings: &Settings| settings.period)]
pub(crate) fn load() -> Result<Reading> {
    let load = System::load_average()?;
    let note = format!("{:.2} over 5 minutes, {:.2} over 15", load.five, load.fifteen);
    Ok(Reading { gauge: Gauge::Load, value: load.one, note })
}

/// Used is what is not available, as `free` has it: caches that can be given back are no use of memory.
#[timer(every = |settings: &Settings| settings.period)]
pub(crate) fn memory() -> Result<Reading> {
    let mut system = System::new()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let (used, total) = (system.used_memory(), system.total_memory());
    let note = format!("{:.1} of {:.1} GiB", gib(used), gib(total));
    Ok(Reading { gauge: Gauge::Memory, value: percent(used, total), note })
}

/// A source may emit several events at once, or none. What is free is what `df` calls available: less than what nobody
/// uses, on a file system that keeps a reserve for root.
#[timer(every = |settings: &Settings| settings.period)]
pub(crate) fn disks() -> Result<Vec<Reading>> {
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage())?;
    // One device can be mounted at many places, in containers above all: the shortest path stands for it.
    let mut devices = BTreeMap::new();
    for disk in disks.iter().filter(|disk| disk.total_space() > 0) {
        let length = disk.mount_point().as_os_str().len();
        let shortest = devices.entry(disk.name()).or_insert((length, disk));
        if length < shortest.0 {
            *shortest = (length, disk);
        }
    }
    let reading = |(_, disk): &(usize, &sysinfo::Disk)| {
        let (free, total) = (disk.available_space(), disk.total_space());
        Reading {
            gauge: Gauge::Disk(printable(disk.mount_point().display())),
            value: percent(total.saturating_sub(free), total),
            note: format!("{:.1} of {:.1} GiB free", gib(free), gib(total)),
        }
    };
    Ok(devices.values().map(reading).collect())
}

/// A converter is a stream: it keeps what it needs from one event to the next, and is asked for more when the last event
/// is done.
#[converter]
pub(crate) fn cpu(settings: &Settings) -> impl Stream<Item = Result<Reading>> {
    let period = settings.period.max(MINIMUM_CPU_UPDATE_INTERVAL);
    stream::try_unfold(System::new(), move |system| async move {
        let mut system = system?;
        // Usage lies between two looks. The last look of one event is the first of the next one: another look so soon
        // after it has no effect.
        system.refresh_cpu_usage();
        tokio::time::sleep(period).await;
        system.refresh_cpu_usage();
        let value = f64::from(system.global_cpu_usage());
        let note = format!("{} cores", system.cpus().len());
        Ok(Some((Reading { gauge: Gauge::Cpu, value, note }, Ok(system))))
    })
}

/// A producer runs by itself and emits when it likes. This one is no `async fn`, so it has a thread of its own and may
/// block: a look at every process takes some milliseconds.
#[producer]
pub(crate) fn processes(out: Emitter<(Census, Started, Ended)>, settings: &Settings) -> Result {
    let mut processes = Processes::new()?;
    loop {
        processes.look(&out)?;
        thread::sleep(settings.period);
    }
}

/// The processes as they were at the last look. One that came and went between two looks is never seen.
struct Processes {
    system: System,
    /// Their names, by process id and start, since ids are used again; `None` before the first look.
    known: Option<HashMap<(Pid, u64), String>>,
}

impl Processes {
    fn new() -> Result<Self> {
        Ok(Self { system: System::new()?, known: None })
    }

    /// Emits what has changed since the last look.
    fn look(&mut self, out: &Emitter<(Census, Started, Ended)>) -> Result {
        let what = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let describe = |(pid, process): (&Pid, &sysinfo::Process)| {
            ((*pid, process.start_time()), printable(process.name().display()))
        };
        let now: HashMap<_, _> = self.system.processes().iter().map(describe).collect();
        out.emit_blocking(Census(now.len()))?;
        if let Some(before) = &self.known {
            for ((pid, _), name) in now.iter().filter(|(key, _)| !before.contains_key(key)) {
                out.emit_blocking(Started { pid: pid.as_u32(), name: name.clone() })?;
            }
            for ((pid, _), name) in before.iter().filter(|(key, _)| !now.contains_key(key)) {
                out.emit_blocking(Ended { pid: pid.as_u32(), name: name.clone() })?;
            }
        }
        self.known = Some(now);
        Ok(())
    }
}

/// A name that others chose: what could steer a terminal is replaced.
fn printable(name: impl Display) -> String {
    name.to_string().replace(char::is_control, "?")
}

/// The share of a part, in percent; 0 of nothing.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * gib(part) / gib(whole) }
}

/// Bytes in GiB.
#[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB, and shown with one digit")]
fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::process::Command;
    use std::time::Duration;

    use futures_util::StreamExt as _;

    use super::*;

    // Annotated functions stay functions: a test calls them.

    #[test]
    fn memory_is_a_percentage() {
        let reading = memory().unwrap();
        assert!(reading.value > 0.0 && reading.value < 100.0, "{reading:?}");
    }

    #[test]
    fn disks_are_percentages_and_each_has_one_reading() {
        let readings = disks().unwrap();
        assert!(readings.iter().all(|reading| (0.0..=100.0).contains(&reading.value)), "{readings:?}");
        let mut gauges: Vec<_> = readings.iter().map(|reading| &reading.gauge).collect();
        gauges.sort();
        gauges.dedup();
        assert_eq!(gauges.len(), readings.len());
    }

    #[tokio::test]
    async fn the_cpu_is_read_again_and_again() {
        let settings = Settings { period: Duration::from_millis(1), ..Settings::default() };
        let readings: Vec<_> = pin!(cpu(&settings)).take(2).collect().await;
        for reading in readings {
            let reading = reading.unwrap();
            assert!((0.0..=100.0).contains(&reading.value), "{reading:?}");
        }
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2J\nb"), "a?[2J?b");
    }

    #[test]
    #[cfg(unix)]
    fn a_process_is_seen_when_it_comes_and_when_it_goes() {
        let (out, seen) = Emitter::captured();
        let mut processes = Processes::new().unwrap();
        processes.look(&out).unwrap();
        assert!(seen.take::<Started>().is_empty(), "what was there before has not started");

        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        processes.look(&out).unwrap();
        let started = seen.take::<Started>();
        child.kill().unwrap();
        child.wait().unwrap();
        processes.look(&out).unwrap();

        assert!(started.iter().any(|process| process.pid == child.id()));
        assert!(seen.take::<Ended>().iter().any(|process| process.pid == child.id()));
        assert_eq!(seen.take::<Census>().len(), 3);
    }
}
