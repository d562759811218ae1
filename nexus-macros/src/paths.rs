//! The path to the crate `nexus` in generated code.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The path that `crate = …` gives, or `::nexus`.
#[derive(Clone, Default)]
pub(crate) struct Root(Option<Path>);

impl Root {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path)
    }

    /// The crate itself.
    pub(crate) fn krate(&self) -> TokenStream {
        match &self.0 {
            Some(path) => quote!(#path),
            None => quote!(::nexus),
        }
    }

    /// The import with which every generated block begins.
    pub(crate) fn import(&self) -> TokenStream {
        let krate = self.krate();
        quote! { use #krate::__private as __nexus; }
    }
}
