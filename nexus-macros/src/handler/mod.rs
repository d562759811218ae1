//! `#[handler(E)]` on a function, `#[handlers]` on an `impl` block with handlers and filters as methods, and
//! `#[derive(Fanout)]` on a struct of handlers.

mod fan_out;
mod function;
mod key;
mod methods;

pub(crate) use fan_out::fan_out;
pub(crate) use function::{Kind, consumer, handler};
pub(crate) use methods::handlers;
