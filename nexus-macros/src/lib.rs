//! The annotations of the crate `nexus`, which re-exports them: see there for what they belong to.
//!
//! Here are wrappers alone. Each expander is a pure function from tokens to tokens: it never panics, reports every
//! independent mistake at once, and always gives the user's item back.

mod attributes;
mod boundary;
mod checks;
mod derive;
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
    #[doc = include_str!("../docs/named_event.md")]
    named_event => event::named_event;
    #[doc = include_str!("../docs/handler.md")]
    handler => handler::handler;
    #[doc = include_str!("../docs/handlers.md")]
    handlers => handler::handlers;
    #[doc = include_str!("../docs/filter.md")]
    filter => filter::filter;
    #[doc = include_str!("../docs/converter.md")]
    converter => source::converter;
    #[doc = include_str!("../docs/producer.md")]
    producer => source::producer;
    #[doc = include_str!("../docs/timer.md")]
    timer => source::timer;
    #[doc = include_str!("../docs/main.md")]
    main => program::main;
}

#[doc = include_str!("../docs/domain.md")]
#[proc_macro_derive(Domain, attributes(domain))]
pub fn domain(item: TokenStream) -> TokenStream {
    program::domain(item.into()).into()
}

#[doc = include_str!("../docs/boundary.md")]
#[proc_macro_derive(Boundary, attributes(boundary))]
pub fn boundary(item: TokenStream) -> TokenStream {
    boundary::boundary(item.into()).into()
}

#[doc = include_str!("../docs/fanout.md")]
#[proc_macro_derive(Fanout, attributes(fanout))]
pub fn fanout(item: TokenStream) -> TokenStream {
    handler::fan_out(item.into()).into()
}

#[doc = include_str!("../docs/link_crates.md")]
#[proc_macro]
pub fn link_crates(crates: TokenStream) -> TokenStream {
    let arguments: Vec<String> = std::env::args().collect();
    program::link_crates(crates.into(), &arguments).into()
}
