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

    /// The import with which every generated block begins.
    pub(crate) fn import(&self) -> TokenStream {
        let krate = self.0.as_ref().map_or_else(|| quote!(::nexus), |path| quote!(#path));
        quote! { use #krate::__private as __nexus; }
    }
}
