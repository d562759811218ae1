//! `#[named_event]` on a struct.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Data, DeriveInput, Fields};

use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::record::{location, number, shared};
use crate::signature::{has_word, item_span, replaced, written};

const KEYS: &[Key] = &[
    key("name", "name = \"plant.Alarm\""),
    key("priority", "priority = -10"),
    key("exclusive", "exclusive"),
    key("unhandled", "unhandled = discard"),
    key("crate", "crate = ::nexus"),
];

/// Expands `#[named_event]`.
pub(crate) fn named_event(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut arguments = Arguments::parse(attribute, None, KEYS, &mut errors);
    let name = arguments.string("name", &mut errors);
    let priority: Option<i32> = arguments.integer("priority", "an integer of 32 bits", &mut errors, |_| true);
    let exclusive = arguments.flag("exclusive", &mut errors);
    let unhandled = arguments.ident("unhandled", &mut errors);
    let root = arguments.root(&mut errors);
    let input: DeriveInput = match Parser::parse2(syn::parse::Parse::parse, item.clone()) {
        Ok(input) => input,
        Err(error) => {
            if has_word(item, "struct") {
                errors.parser(error);
            } else {
                errors.push_at(item_span(item), "`#[named_event]` is for structs", "annotate a `struct`");
            }
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let ident = &input.ident;
    check(&input, ident, &mut errors);
    if let Some(name) = &name {
        checks::name(name, "event", ident, &mut errors);
    }
    if let Some(unhandled) = &unhandled
        && unhandled != "discard"
    {
        errors.push(
            unhandled,
            format!("`unhandled` takes `discard`, not `{unhandled}`"),
            "write `unhandled = discard`",
        );
    }
    let text = name.map_or_else(|| ident.unraw().to_string(), |name| name.value());
    let priority = priority.map(|priority| {
        let priority = number(priority);
        quote!(const PRIORITY: i32 = #priority;)
    });
    let exclusive = exclusive.then(|| {
        quote!(
            const EXCLUSIVE: bool = true;
        )
    });
    let unhandled = unhandled.map(|_| {
        quote!(
            const UNHANDLED: __nexus::Unhandled = __nexus::Unhandled::Discard;
        )
    });
    let location = location(ident.span());
    let import = root.import();
    let shared = shared(&input.attrs);
    let (parameters, arguments, _) = input.generics.split_for_impl();
    // For a struct with a mistake in it too, so that the mistake is the only error.
    let clause = (!input.generics.params.is_empty())
        .then(|| quote!(where Self: __nexus::std::Send + __nexus::std::core::marker::Sync + 'static));
    // A generic struct has a mistake in it.
    let slot = input.generics.params.is_empty().then(|| {
        quote! {
            fn slot() -> __nexus::std::Option<&'static __nexus::Slot<Self>> {
                static SLOT: __nexus::Slot<#ident> = __nexus::Slot::new();
                __nexus::std::Option::Some(&SLOT)
            }
        }
    });
    let errors = errors.into_tokens();
    quote! {
        #item
        #errors
        #shared
        const _: () = {
            #import
            impl #parameters __nexus::NamedEvent for #ident #arguments #clause {
                const NAME: &'static str = #text;
                #priority
                #exclusive
                #unhandled
                const LOCATION: __nexus::Location = #location;
                #slot
            }
        };
    }
}

fn check(input: &DeriveInput, ident: &Ident, errors: &mut Errors) {
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
    if !checks::borrows(input, "event", errors) && !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            format!("event `{ident}` is generic, but every event type has one name"),
            format!("write one for each type: `{}`", one_of(input, ident)),
        );
    }
}

/// A struct that a generic one could be, for one type: `struct ChangedOfU32(u32);`.
fn one_of(input: &DeriveInput, ident: &Ident) -> String {
    let of = if input.generics.type_params().next().is_some() { "U32" } else { "3" };
    let Data::Struct(data) = &input.data else { return format!("struct {ident}Of{of};") };
    let types = input.generics.type_params().map(|param| (&param.ident, quote!(u32)));
    let sizes = input.generics.const_params().map(|param| (&param.ident, quote!(3)));
    let arguments: Vec<_> = types.chain(sizes).collect();
    let fields = data.fields.iter().map(|field| {
        let ty = arguments.iter().fold(field.ty.to_token_stream(), |ty, (param, argument)| {
            replaced(ty, &param.to_string(), argument)
        });
        let name = field.ident.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        name + &written(&ty)
    });
    let fields = fields.collect::<Vec<_>>().join(", ");
    match &data.fields {
        Fields::Named(_) => format!("struct {ident}Of{of} {{ {fields} }}"),
        Fields::Unnamed(_) => format!("struct {ident}Of{of}({fields});"),
        Fields::Unit => format!("struct {ident}Of{of};"),
    }
}
