//! A library that publishes annotated items, and denies every lint that its items can live with: nothing that an annotation
//! generates may be told of. Only of what a library publishes do some lints speak, so this is one.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    future_incompatible,
    let_underscore,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::as_conversions,
    clippy::clone_on_ref_ptr,
    clippy::exhaustive_enums,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::mem_forget,
    clippy::panic,
    clippy::print_stdout,
    clippy::same_name_method,
    clippy::shadow_unrelated,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]
// Of a handler that does nothing.
#![expect(clippy::missing_const_for_fn)]
/// What a library may publish.
pub mod plant {
    use std::sync::Arc;

    use nexus::prelude::*;

    /// A temperature.
    #[named_event]
    #[derive(Clone, Copy, Debug)]
    pub struct Reading(pub f64);

    /// Too hot.
    #[named_event(name = "strict.Alarm", priority = -10, unhandled = discard)]
    #[derive(Clone, Copy, Debug)]
    pub struct Alarm;

    /// Where alarms are kept.
    #[derive(Clone, Copy, Debug, Domain)]
    #[domain(name = "strict.Audit")]
    pub struct Audit;

    /// What the watch compares with.
    #[derive(Clone, Copy, Debug)]
    pub struct Limits(pub f64);

    /// Reads once a day.
    #[timer(every = "1d")]
    pub fn sample(count: i64) -> Reading {
        if count > 1 { Reading(20.0) } else { Reading(10.0) }
    }

    /// Reads from nowhere.
    #[converter]
    pub fn readings(limits: &Limits) -> impl Stream<Item = Reading> + use<> {
        futures_util::stream::iter([Reading(limits.0)])
    }

    /// Is asked again and again.
    ///
    /// # Errors
    ///
    /// None.
    #[converter(ahead = 2)]
    pub async fn next_reading(limits: Arc<Limits>) -> Result<Option<Reading>> {
        std::future::ready(()).await;
        Ok((limits.0 > 99.0).then_some(Reading(limits.0)))
    }

    /// Emits by itself.
    ///
    /// # Errors
    ///
    /// The nexus has stopped.
    #[producer]
    pub async fn inbox(out: Emitter<Reading>, limits: &Limits) -> Result {
        out.emit(Reading(limits.0)).await?;
        Ok(())
    }

    /// Emits from its own thread.
    #[producer]
    pub fn serial_port(out: Emitter<Reading>) {
        drop(out);
    }

    /// Keeps everything.
    #[filter]
    pub fn keep(event: &Event) -> Verdict {
        (event.id() == 99).into()
    }

    /// Watches.
    ///
    /// # Errors
    ///
    /// None.
    #[handler(Reading)]
    pub async fn watch(reading: &Reading, queue: &mut Queue<Alarm>, limits: &Limits) -> Result {
        std::future::ready(()).await;
        if reading.0 > limits.0 {
            queue.emit(Alarm);
        }
        Ok(())
    }

    /// Takes everything that can be had by value.
    #[handler(Reading)]
    fn note(reading: Reading, meta: Meta, later: Emitter<Alarm>, limits: Arc<Limits>) -> Option<Alarm> {
        drop(later);
        (reading.0 > limits.0 && meta.id() == 99).then_some(Alarm)
    }

    #[handler(Alarm)]
    fn private(_: &Alarm) {}

    /// A line from a dynamic source.
    #[handler("line")]
    pub fn line(_: &Event) {}

    #[handler(100_000..=199_999)]
    async fn numbers(_: &Event) {
        std::future::ready(()).await;
    }

    #[handler(1_000_000)]
    fn million(_: &Event) {}

    #[handler(_)]
    fn anything_else(_: &Event) {}

    #[handler(mask = 0b0110_0000, domain = Audit)]
    fn bits(_: &Event) {}

    #[handler(Alarm, domain = Audit)]
    fn record(_: &Alarm) {}

    /// Brings alarms to the audit.
    #[derive(Boundary, Clone, Copy, Debug)]
    #[boundary(from = Main, to = Audit, events(Alarm), capacity = 100_000)]
    pub struct ToAudit;

    /// Keeps readings.
    #[derive(Debug, Default)]
    pub struct Store(Vec<f64>);

    impl nexus::Handler<Reading> for Store {
        type Emits = Alarm;

        async fn handle(&mut self, reading: &Reading, queue: &mut Queue<Alarm>) -> Result {
            self.0.push(reading.0);
            queue.emit(Alarm);
            Ok(())
        }
    }

    /// All that keep readings.
    #[derive(Debug, Default, Fanout)]
    #[fanout(Reading, default)]
    pub struct Stores {
        near: Store,
        far: Store,
    }

    /// Will be gone.
    #[deprecated = "a test"]
    #[named_event]
    #[derive(Clone, Copy, Debug)]
    pub struct Old;

    /// Will be gone.
    #[deprecated = "a test"]
    #[handler(Old)]
    #[expect(deprecated)]
    pub fn old(_: &Old) {}

    /// Counts.
    #[derive(Debug, Default)]
    pub struct Counter(Vec<f64>);

    #[handlers(default)]
    impl Counter {
        /// Counts one more.
        #[handler(Reading)]
        pub fn count(&mut self, reading: &Reading) {
            self.0.push(reading.0);
        }

        /// Shows.
        #[handler(Reading)]
        pub async fn show(&self, _: &Reading) -> Option<Alarm> {
            std::future::ready(()).await;
            (self.0.len() == 99).then_some(Alarm)
        }
    }
}

/// Runs what is declared.
///
/// # Errors
///
/// It does not build.
#[nexus::main(flavor = "current_thread")]
pub async fn program() -> nexus::Result {
    drop(nexus::Nexus::builder().build()?.run().await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_declared_builds() {
        assert!(nexus::Nexus::builder().state(super::plant::Limits(20.0)).build().is_ok());
    }
}
