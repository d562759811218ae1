//! Structs with a derive: parsed, with what stands in their helper attribute.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::{Attribute, Data, DeriveInput, Meta};

use crate::checks;
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::record::{nothing_for, shared, submit};

/// The name of a helper attribute, and how it is written.
#[derive(Clone, Copy)]
pub(crate) struct Helper {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
}

impl Helper {
    /// What stands in its parentheses; `None` where it is not written, or without parentheses.
    pub(crate) fn read(self, attributes: &[Attribute], errors: &mut Errors) -> Option<TokenStream> {
        let Self { name, example } = self;
        let mut found: Option<Vec<TokenTree>> = None;
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
            match &attribute.meta {
                Meta::List(list) => {
                    let tokens = found.get_or_insert_default();
                    if tokens.last().is_some_and(|last| last.to_string() != ",") {
                        tokens.extend(quote!(,));
                    }
                    tokens.extend(list.tokens.clone());
                }
                other => {
                    errors.push(
                        other,
                        format!("`#[{name}]` takes its keys in parentheses"),
                        format!("write `{example}`"),
                    );
                }
            }
        }
        found.map(TokenStream::from_iter)
    }
}

/// A struct that declares something under its name.
pub(crate) struct Derived {
    /// What it declares: `boundary`.
    word: &'static str,
    pub(crate) input: DeriveInput,
    pub(crate) errors: Errors,
}

impl Derived {
    /// Parses a struct, and reports what can't be declared; what is no item at all comes back as an error.
    pub(crate) fn read(word: &'static str, item: TokenStream) -> Result<Self, TokenStream> {
        let input: DeriveInput = DeriveInput::parse.parse2(item).map_err(|error| error.to_compile_error())?;
        let mut errors = Errors::default();
        let ident = &input.ident;
        let other: Option<(&dyn ToTokens, &str)> = match &input.data {
            Data::Struct(_) => None,
            Data::Enum(data) => Some((&data.enum_token, "an enum")),
            Data::Union(data) => Some((&data.union_token, "a union")),
        };
        if let Some((at, kind)) = other {
            errors.push(
                at,
                format!("{word} `{ident}` is {kind}, but has to be a struct"),
                "write a `struct`",
            );
        }
        if !checks::borrows(&input, word, &mut errors) && !input.generics.params.is_empty() {
            errors.push(
                &input.generics,
                format!("{word} `{ident}` is generic, but the plan has to know its types"),
                "write a struct for each type, without parameters",
            );
        }
        Ok(Self { word, input, errors })
    }

    /// What stands in the helper attribute; that it is missing is reported.
    pub(crate) fn arguments(&mut self, helper: Helper, lacks: &str) -> Option<TokenStream> {
        let before = self.errors.len();
        let tokens = helper.read(&self.input.attrs, &mut self.errors);
        if tokens.is_none() && self.errors.len() == before {
            let (word, ident) = (self.word, &self.input.ident);
            self.errors.push(
                ident,
                format!("{word} `{ident}` {lacks}"),
                format!("write `{}`", helper.example),
            );
        }
        tokens
    }

    /// Its name as text, without `r#`.
    pub(crate) fn text(&self) -> String {
        self.input.ident.unraw().to_string()
    }

    /// The errors, and what is declared.
    pub(crate) fn finish(self, root: &Root, record: Option<TokenStream>) -> TokenStream {
        let Self { input, errors, .. } = self;
        let ident = &input.ident;
        let (import, shared) = (root.import(), shared(&input.attrs));
        let items = match record {
            Some(record) if errors.is_empty() => submit(&quote!(#ident), &[record]),
            _ => nothing_for(ident, &input.generics),
        };
        let errors = errors.into_tokens();
        quote! {
            #errors
            #shared
            const _: () = {
                #import
                #items
            };
        }
    }
}
