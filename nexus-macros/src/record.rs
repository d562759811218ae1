//! The record that an annotation leaves behind, and the items that declare it under a name.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Generics, Path};

use crate::paths::Root;
use crate::signature::{Function, first_span, moved};

/// A record of any kind.
pub(crate) struct Record<'a> {
    pub(crate) name: String,
    /// Where the item's name stands.
    pub(crate) at: Span,
    pub(crate) domain: Option<&'a Path>,
    pub(crate) order: i32,
    pub(crate) emits: TokenStream,
    pub(crate) states: TokenStream,
    /// Whether it asks for the `Meta` of its events.
    pub(crate) meta: bool,
    pub(crate) role: TokenStream,
}

impl Record<'_> {
    pub(crate) fn into_tokens(self) -> TokenStream {
        let Self { name, at, domain, order, emits, states, meta, role } = self;
        let domain = domain.map_or_else(|| quote!(__nexus::Main), |domain| quote!(#domain));
        let (location, order) = (location(at), number(order));
        // Of most handlers: no function of their own.
        let emits = if emits.is_empty() {
            quote!(__nexus::Emits::none)
        } else {
            quote!(|| __nexus::Emits::none() #emits)
        };
        quote! {
            __nexus::Record {
                name: #name,
                module: __nexus::std::core::module_path!(),
                location: #location,
                domain: __nexus::DomainKey::of::<#domain>,
                order: #order,
                emits: #emits,
                states: &[#states],
                meta: #meta,
                role: __nexus::Role::#role,
            }
        }
    }
}

/// A place in the source: with the span of a name, these macros tell the line of the item, not that of the annotation.
pub(crate) fn location(span: Span) -> TokenStream {
    quote_spanned! {span=>
        __nexus::Location {
            file: __nexus::std::core::file!(),
            line: __nexus::std::core::line!(),
            column: __nexus::std::core::column!(),
        }
    }
}

/// A number as one writes it, without the suffix of its type.
pub(crate) fn number(number: impl ToString + Copy) -> TokenStream {
    number.to_string().parse().unwrap_or_default()
}

/// The need for a component. What `default` asks of its type is asked where the word stands.
pub(crate) fn component(this: &TokenStream, default: Option<Span>) -> TokenStream {
    let Some(default) = default else { return quote!(__nexus::ComponentNeed::of::<#this>) };
    let there = moved(this.clone(), default, default);
    quote!(__nexus::ComponentNeed::or_default::<#this, #there>)
}

/// The records of a type, and their submission to the inventory.
pub(crate) fn submit(declared: &TokenStream, records: &[TokenStream]) -> TokenStream {
    let records = quote!(const RECORDS: &'static [__nexus::Record] = &[#(#records),*];);
    // At the type, so that a second declaration of it is reported there.
    let implementation =
        quote_spanned!(first_span(declared)=> impl __nexus::Declared for #declared { #records });
    quote! {
        #implementation
        __nexus::inventory::submit! { __nexus::Submission(<#declared as __nexus::Declared>::RECORDS) }
    }
}

/// Without a record, since there is a mistake in it: `.with::<…>()` shall be no second one.
pub(crate) fn nothing(declared: &TokenStream) -> TokenStream {
    quote! {
        impl __nexus::Declared for #declared {
            const RECORDS: &'static [__nexus::Record] = &[];
        }
    }
}

/// The same for a struct, which may be generic by mistake.
pub(crate) fn nothing_for(ident: &Ident, generics: &Generics) -> TokenStream {
    let (parameters, arguments, clause) = generics.split_for_impl();
    quote! {
        impl #parameters __nexus::Declared for #ident #arguments #clause {
            const RECORDS: &'static [__nexus::Record] = &[];
        }
    }
}

/// The items that declare a function under a name: what `of` makes of the declared type, and last the name itself, so
/// that editors find the function first.
///
/// The name is an alias, so that a type or module of this name in scope is a single error.
pub(crate) fn declare(
    root: &Root,
    name: &Ident,
    function: &Function,
    of: impl FnOnce(&TokenStream) -> TokenStream,
) -> TokenStream {
    let import = root.import();
    let (shared, cfg) = (shared(&function.attributes), conditions(&function.attributes));
    let visibility = &function.visibility;
    let declared = format_ident!("__{}", name, span = Span::call_site());
    let items = of(&quote!(#declared));
    // At the name, so that another type or module of this name is reported there.
    let alias = quote_spanned!(name.span()=> type #name = #declared;);
    quote! {
        #shared
        const _: () = {
            #import
            #items
        };
        #(#cfg)*
        #[doc(hidden)]
        #[non_exhaustive]
        #visibility enum #declared {}
        #(#cfg)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility #alias
    }
}

/// What generated items share with the item that they are made of: the conditions under which it exists, and the lints
/// that are allowed in it. A deprecated item may be named by what is made of it.
pub(crate) fn shared(attributes: &[Attribute]) -> TokenStream {
    let shared = attributes
        .iter()
        .filter(|attribute| ["cfg", "allow"].iter().any(|name| attribute.path().is_ident(name)));
    let deprecated = attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let allow = deprecated.then(|| quote!(#[allow(deprecated)]));
    quote!(#(#shared)* #allow)
}

/// The conditions under which an item exists.
fn conditions(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
}
