//! Documentation, lints, visibility and other attributes of an item stay what they are.

#![deny(warnings, missing_docs, unreachable_pub)]
//! With documentation of its own.

/// What a library publishes, and what it does not.
pub mod plant {
    use nexus::prelude::*;

    /// An event.
    #[must_use]
    #[named_event(unhandled = discard)]
    #[derive(Clone, Debug, PartialEq)]
    #[non_exhaustive]
    pub struct Reading {
        /// In degrees.
        pub celsius: f64,
        pub(super) sensor: u32,
    }

    #[named_event(unhandled = discard)]
    #[repr(transparent)]
    pub(crate) struct Alarm(pub(crate) f64);

    #[named_event(unhandled = discard)]
    #[deprecated = "of old"]
    pub(crate) struct Old;

    /// A domain.
    #[derive(Debug, Domain)]
    #[deprecated]
    pub struct Audit;

    #[must_use]
    #[inline]
    #[timer(every = "1s", once)]
    pub(crate) fn sample() -> Reading {
        Reading { celsius: 20.0, sensor: 3 }
    }

    #[converter]
    #[must_use = "it is all there is"]
    pub(in crate::plant) fn readings() -> impl Stream<Item = Reading> {
        futures_util::stream::empty()
    }

    #[producer]
    #[deprecated]
    #[allow(unused_variables)]
    pub(crate) async fn inbox(out: Emitter<Reading>) {
        let unused = 3;
    }

    #[filter]
    #[expect(unused_variables, reason = "a test")]
    #[must_use]
    fn keep(event: &Event) -> Verdict {
        Verdict::Pass
    }

    /// A handler.
    #[doc = "With more to read."]
    #[handler(Reading)]
    #[must_use]
    #[track_caller]
    #[cold]
    pub fn watch(#[allow(unused)] reading: &Reading) -> Option<Reading> {
        None
    }

    #[deprecated(since = "0.1.0", note = "a test")]
    #[allow(deprecated)]
    #[handler(Old)]
    pub(crate) fn old(_: &Old) {}

    #[derive(Boundary)]
    #[boundary(from = Main, to = Audit, events(Alarm))]
    #[allow(deprecated)]
    pub(crate) struct ToAudit;

    /// A component.
    #[derive(Debug, Default)]
    pub struct Billing;

    #[handlers(default)]
    #[allow(clippy::unused_self)]
    impl Billing {
        /// A method.
        #[must_use]
        #[handler(Reading)]
        pub fn bill(&mut self, _: &Reading) -> Option<Reading> {
            None
        }

        #[deprecated]
        #[handler(Reading)]
        pub(crate) fn old(&mut self, _: &Reading) {}

        #[expect(unused_variables)]
        #[handler(Reading)]
        async fn later(&mut self, reading: &Reading) {}

        /// A constant beside them.
        pub const RATE: u32 = 3;
    }

    pub(super) fn plan() -> String {
        let builder = Nexus::empty().with::<sample>().with::<readings>().with::<keep>().with::<watch>();
        let _ = readings();
        builder.with::<Billing>().plan().table()
    }
}

/// Whoever uses it.
#[nexus::main(flavor = "current_thread")]
#[allow(unused_variables)]
#[deny(unused_must_use)]
pub(crate) async fn main() {
    let unused = 3;
    let _: nexus::Builder = nexus::Nexus::empty().with::<plant::watch>().with::<plant::sample>();
    assert_eq!(plant::Billing::RATE, 3);
    assert_eq!(plant::sample().sensor, 3);
    assert!(plant::plan().contains("handler Billing::bill"));
}
