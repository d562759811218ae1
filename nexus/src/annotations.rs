//! The annotations, documented where users find them, and the macros that need none of the compiler's help.

pub use nexus_macros::{
    Boundary, Domain, Fanout, converter, filter, handler, handlers, link_crates, main, named_event, producer,
    timer,
};

/// Fails a test with every problem of the program's flow: an event that nobody handles, two handlers of an exclusive
/// event, two types of one name, a linked crate without items.
///
/// It sees what the test's own binary links, so in a program its place is a unit test in `main.rs`. State and components
/// are not part of it, since only the builder is given them.
///
/// ```standalone_crate
/// # use nexus::prelude::*;
/// # #[named_event] struct Reading(f64);
/// # #[timer(every = "1s")] fn sample() -> Reading { Reading(20.0) }
/// # #[handler(Reading)] fn show(reading: &Reading) {}
/// // In `main.rs`: #[test]
/// fn the_flow_is_complete() {
///     nexus::assert_complete!();
/// }
/// # the_flow_is_complete();
/// ```
#[macro_export]
macro_rules! assert_complete {
    () => {
        $crate::__private::assert_complete($crate::Nexus::builder())
    };
    ($builder:expr $(,)?) => {
        $crate::__private::assert_complete($builder)
    };
}

/// Fails a test if the flow differs from a committed graph: Mermaid for a file that ends in `.mmd`, Graphviz for `.dot`.
///
/// The path starts at the package's folder. Run the test with `NEXUS_BLESS=1` in the environment to write the file.
///
/// ```no_run
/// // In `main.rs`: #[test]
/// fn the_flow_is_as_drawn() {
///     nexus::assert_graph!("docs/flow.mmd");
/// }
/// ```
#[macro_export]
macro_rules! assert_graph {
    ($file:expr $(,)?) => {
        $crate::assert_graph!($file, $crate::Nexus::builder())
    };
    ($file:expr, $builder:expr $(,)?) => {
        $crate::__private::assert_graph(&$builder.plan(), ::core::env!("CARGO_MANIFEST_DIR"), $file)
    };
}
