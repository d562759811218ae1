//! `#[handler(E)]` on a function, and `#[handlers]` on an `impl` block with handlers and filters as methods.

mod function;
mod methods;

pub(crate) use function::{Kind, consumer, handler};
pub(crate) use methods::handlers;
