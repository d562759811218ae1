//! `#[filter]` on a function.

use proc_macro2::TokenStream;

use crate::handler::{Kind, consumer};

/// Expands `#[filter]`.
pub(crate) fn filter(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    consumer(Kind::Filter, attribute, item)
}
