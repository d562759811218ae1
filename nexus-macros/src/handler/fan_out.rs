//! `#[derive(Fanout)]` on a struct: a component that gives each event of one type to all its fields.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, Field, Ident, Index, Member, Type};

use super::function::glue;
use crate::attributes::{Arguments, First, For, Key, Subject, key};
use crate::boundary::is_record;
use crate::derive::{Derived, Helper};
use crate::diagnostics::Errors;
use crate::record::{Record, component};
use crate::signature::{ends, here, written};

const HELPER: Helper = Helper { name: "fanout", example: "#[fanout(MyEvent)]" };
const FIELD: Helper = Helper { name: "fanout", example: "#[fanout(skip)]" };
const FIRST: First = First { attribute: "fanout", word: "fan-out", subject: For::Type };
const KEYS: &[Key] = &[
    key("domain", "domain = Audit"),
    key("order", "order = 10"),
    key("default", "default"),
    key("crate", "crate = ::nexus"),
];
const FIELD_KEYS: &[Key] = &[key("skip", "skip")];

/// Expands `#[derive(Fanout)]`.
pub(crate) fn fan_out(item: TokenStream) -> TokenStream {
    let mut derived = match Derived::read("fan-out", item) {
        Ok(derived) => derived,
        Err(tokens) => return tokens,
    };
    let tokens = derived.arguments(HELPER, "does not say for which event");
    let written = tokens.is_some();
    let Derived { input, errors, .. } = &mut derived;
    let mut arguments = Arguments::parse(tokens.unwrap_or_default(), Some(FIRST), KEYS, errors);
    let event = match arguments.subject.take() {
        Some(Subject::Event(event)) => Some(event),
        Some(Subject::Key(_)) | None => None,
    };
    let ident = &input.ident;
    match &event {
        Some(event) => typed(ident, event, errors),
        None if written && arguments.readable => {
            errors.push(
                ident,
                format!("fan-out `{ident}` does not say for which event"),
                "write `#[fanout(MyEvent)]`",
            );
        }
        None => {}
    }
    let domain = arguments.path("domain", errors);
    let order = arguments.integer("order", "an integer of 32 bits", errors, |_| true).unwrap_or(0);
    let default_word = arguments.place("default");
    let default = arguments.flag("default", errors);
    let root = arguments.root(errors);
    let members = members(&input.data, ident, errors);
    let record = event.map(|event| {
        let need = component(&quote!(#ident), default_word.filter(|_| default));
        let types = members.iter().map(|(_, ty)| ty);
        let call = call(ident, &event, &members);
        let record = Record {
            name: ident.unraw().to_string(),
            at: ident.span(),
            domain: domain.as_ref(),
            order,
            emits: quote!(#(.and::<<#types as __nexus::Handler<#event>>::Emits>())*),
            states: TokenStream::new(),
            meta: false,
            role: quote! {
                Handler {
                    takes: __nexus::Takes::event::<#event>,
                    component: __nexus::std::Option::Some(#need),
                    call: #call
                }
            },
        };
        record.into_tokens()
    });
    derived.finish(&root, record)
}

/// Reports an event that is no type of its own.
fn typed(ident: &Ident, event: &Type, errors: &mut Errors) {
    let text = written(event);
    if is_record(&text) {
        errors.push(
            event,
            format!("`{text}` is every event, but fan-out `{ident}` is for those of one type"),
            "write the event's type: `#[fanout(MyEvent)]`",
        );
    }
}

/// The fields that get the event, with their types.
fn members(data: &Data, ident: &Ident, errors: &mut Errors) -> Vec<(Member, Type)> {
    let Data::Struct(data) = data else { return Vec::new() };
    let mut members = Vec::new();
    for (place, field) in data.fields.iter().enumerate() {
        if skipped(field, errors) {
            continue;
        }
        let index = Index { index: u32::try_from(place).unwrap_or_default(), span: Span::mixed_site() };
        let member = field.ident.clone().map_or(Member::Unnamed(index), Member::Named);
        members.push((member, field.ty.clone()));
    }
    if members.is_empty() {
        let (what, help) = if data.fields.is_empty() {
            ("has no members", "give it a field for each handler")
        } else {
            (
                "has no members, since it skips all its fields",
                "remove `#[fanout(skip)]` from a field that is a handler",
            )
        };
        errors.push(ident, format!("fan-out `{ident}` {what}"), help);
    }
    members
}

/// Whether `#[fanout(skip)]` stands at a field.
fn skipped(field: &Field, errors: &mut Errors) -> bool {
    let Some(tokens) = FIELD.read(&field.attrs, errors) else { return false };
    Arguments::parse(tokens, None, FIELD_KEYS, errors).flag("skip", errors)
}

/// The closure that gives the event to each member.
fn call(ident: &Ident, event: &Type, members: &[(Member, Type)]) -> TokenStream {
    let gives = members.iter().map(|(member, ty)| {
        let name = match member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        // What is asked of the field's type stands at it, in the words of the record, so that one mistake is one error. There
        // the hygiene is that of the user's code: hence the underscores.
        let (start, end) = ends(ty);
        let queue = Ident::new("__queue", end);
        let (open, borrow) = (quote_spanned!(start=> <), quote_spanned!(start=> &mut));
        let handle = quote_spanned!(end=> as __nexus::Handler<#event>>::handle);
        let handle = quote!(#open #ty #handle);
        here! {
            let mut #queue = context.queue();
            fan_out.give(#name, async { #handle(&mut this.#member, event, #borrow #queue).await }).await;
        }
    });
    let body = here! {
        let (event, mut context) = call.split();
        let this = context.component::<#ident>();
        let event = event.borrowed::<#event>()?;
        let mut fan_out = __nexus::MemberErrors::new();
        #(#gives)*
        fan_out.end()
    };
    glue(ident.span().resolved_at(Span::mixed_site()), true, Some(event), &body)
}
