//! This project.

use nexus_workloads::{Measured, Runtime, Way, Workload, run as run_workload};

use super::Task;

pub(super) fn run(way: Way, task: Task) -> Option<Measured> {
    let Task { workload, runtime, n, gauge } = task;
    let waits = matches!(workload, Workload::Memory | Workload::MemoryMeta);
    if waits && runtime == Runtime::Multi {
        return None;
    }
    runtime.block_on(run_workload(workload, way, n, gauge))
}
