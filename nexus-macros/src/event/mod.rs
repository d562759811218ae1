//! `#[named_event]` on a struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::{Data, DeriveInput};

use crate::attributes::{Arguments, Key, key};
use crate::diagnostics::Errors;

const KEYS: &[Key] = &[
    key("name", "name = \"plant.Alarm\""),
    key("priority", "priority = -10"),
    key("exclusive", "exclusive"),
    key("unhandled", "unhandled = discard"),
    key("crate", "crate = ::nexus"),
];

/// Expands `#[named_event]`.
pub(crate) fn named_event(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut arguments = Arguments::parse(attribute, false, KEYS, &mut errors);
    let name = arguments.string("name", "name = \"plant.Alarm\"", &mut errors);
    let priority: Option<i32> =
        arguments.integer("priority", "priority = -10", "an integer of 32 bits", &mut errors);
    let exclusive = arguments.flag("exclusive", &mut errors).is_some();
    let unhandled = arguments.path("unhandled", "unhandled = discard", &mut errors);
    let root = arguments.root(&mut errors);
    let input = match (|input: syn::parse::ParseStream<'_>| input.parse::<DeriveInput>()).parse2(item.clone()) {
        Ok(input) => input,
        Err(_) => {
            errors.push(item.clone().into_iter().next(), "`#[named_event]` is for structs", "annotate a `struct`");
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let ident = &input.ident;
    match &input.data {
        Data::Struct(_) => {}
        Data::Enum(data) => errors.push(
            data.enum_token,
            format!("event `{ident}` is an enum, but handlers are found by type"),
            "make each variant a struct under `#[named_event]`, or put the enum into one: `struct Changed(Change);`",
        ),
        Data::Union(data) => errors.push(
            data.union_token,
            format!("event `{ident}` is a union, but events are plain structs"),
            "write a `struct`",
        ),
    }
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            format!("event `{ident}` is generic, but every event type has one name"),
            format!("write a struct for each type: `struct {ident}Of…(…)`"),
        );
    }
    let own = ident.to_string();
    let text = match &name {
        Some(name) => {
            let value = name.value();
            if value.trim().is_empty() {
                errors.push(name, "the name of an event is empty", format!("write `name = \"{own}\"`, or leave it out"));
            } else if value.starts_with("nexus.") {
                errors.push(name, "names that begin with `nexus.` are kept for the nexus's own events", "choose another prefix");
            } else if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
                errors.push(name, format!("the name {value:?} has white space in it"), "write it in one word, as `plant.Alarm`");
            }
            value
        }
        None => own.strip_prefix("r#").unwrap_or(&own).to_owned(),
    };
    if let Some(unhandled) = &unhandled
        && !unhandled.is_ident("discard")
    {
        errors.push(unhandled, "`unhandled` takes `discard`", "write `unhandled = discard`");
    }
    let priority = priority.map(|priority| quote!(const PRIORITY: i32 = #priority;));
    let exclusive = exclusive.then(|| quote!(const EXCLUSIVE: bool = true;));
    let unhandled =
        unhandled.map(|_| quote!(const UNHANDLED: __nexus::Unhandled = __nexus::Unhandled::Discard;));
    let location = quote_spanned! {ident.span()=>
        __nexus::Location {
            file: __nexus::std::core::file!(),
            line: __nexus::std::core::line!(),
            column: __nexus::std::core::column!(),
        }
    };
    let import = root.import();
    let shared = input.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    // Also for a struct with a mistake in it, so that the mistake is the only error.
    let declaration = input.generics.params.is_empty().then(|| {
        quote! {
            #(#shared)*
            const _: () = {
                #import
                impl __nexus::NamedEvent for #ident {
                    const NAME: &'static str = #text;
                    #priority
                    #exclusive
                    #unhandled
                    const LOCATION: __nexus::Location = #location;
                }
            };
        }
    });
    let errors = errors.into_tokens();
    quote!(#item #errors #declaration)
}
