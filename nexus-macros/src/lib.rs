//! The annotations of the crate `nexus`, which re-exports and documents them.
//!
//! Here are wrappers alone. Each expander is a pure function from tokens to tokens: it never panics, reports every
//! independent mistake at once, and always gives the user's item back.

mod attributes;
mod checks;
mod diagnostics;
mod event;
mod filter;
mod handler;
mod paths;
mod program;
mod record;
mod signature;
mod source;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident => $expand:path;)+) => { $(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(attribute: TokenStream, item: TokenStream) -> TokenStream {
            $expand(attribute.into(), &item.into()).into()
        }
    )+ };
}

attributes! {
    /// Declares a struct as an event.
    named_event => event::named_event;
    /// Declares a function as a handler of an event.
    handler => handler::handler;
    /// Declares methods of a type as handlers and filters.
    handlers => handler::handlers;
    /// Declares a function as a filter.
    filter => filter::filter;
    /// Declares a function as a converter: a source that is asked for events.
    converter => source::converter;
    /// Declares a function as a producer: a source that emits by itself.
    producer => source::producer;
    /// Declares a function as a timer.
    timer => source::timer;
    /// Runs an `async fn main` on a runtime, with signals and an exit code.
    main => program::main;
}

/// Declares a unit struct as a domain.
#[proc_macro_derive(Domain, attributes(domain))]
pub fn domain(item: TokenStream) -> TokenStream {
    program::domain(item.into()).into()
}

/// Forces library crates to be linked, so that their annotated items are in the inventory.
#[proc_macro]
pub fn link_crates(crates: TokenStream) -> TokenStream {
    let arguments: Vec<String> = std::env::args().collect();
    program::link_crates(crates.into(), &arguments).into()
}
