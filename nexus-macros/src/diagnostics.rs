//! Errors of one expansion: collected, so that one run of the compiler shows them all.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Adds a mistake at these tokens: what is wrong, then a line of help.
    pub(crate) fn push(&mut self, at: impl ToTokens, what: impl AsRef<str>, help: impl AsRef<str>) {
        self.0.push(syn::Error::new_spanned(at, text(what, help)));
    }

    /// Adds a mistake at a place.
    pub(crate) fn push_at(&mut self, at: Span, what: impl AsRef<str>, help: impl AsRef<str>) {
        self.0.push(syn::Error::new(at, text(what, help)));
    }

    /// Adds a parser's error.
    pub(crate) fn parser(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn join(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes as calls of `compile_error!`.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

fn text(what: impl AsRef<str>, help: impl AsRef<str>) -> String {
    format!("{}\n  help: {}", what.as_ref(), help.as_ref())
}
