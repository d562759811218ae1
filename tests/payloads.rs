//! Whatever a payload is made of and wherever it goes: it is kept intact, handled once by each handler, and dropped once.
//!
//! Every payload counts: `payloads/counted.rs` says how. `PAYLOADS_ONE_IN=100` makes large amounts so many times smaller, for
//! tools that slow a program down; `PROPTEST_CASES` says how many random mixtures there are.

#[path = "payloads/boundaries.rs"]
mod boundaries;
#[path = "payloads/calls.rs"]
mod calls;
#[path = "payloads/counted.rs"]
mod counted;
#[path = "payloads/ends.rs"]
mod ends;
#[path = "payloads/failures.rs"]
mod failures;
#[path = "payloads/handlers.rs"]
mod handlers;
#[path = "payloads/mixtures.rs"]
mod mixtures;
#[path = "payloads/shapes.rs"]
mod shapes;
#[path = "payloads/volume.rs"]
mod volume;
