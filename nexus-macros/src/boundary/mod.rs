//! `#[derive(Boundary)]` on a struct.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type};

use crate::attributes::{Arguments, Key, key};
use crate::derive::{Derived, Helper};
use crate::diagnostics::Errors;
use crate::record::{Record, number};
use crate::signature::{first_span, written};

const HELPER: Helper =
    Helper { name: "boundary", example: "#[boundary(from = Main, to = Audit, events(MyEvent))]" };

const KEYS: &[Key] = &[
    key("from", "from = Main"),
    key("to", "to = Audit"),
    key("events", "events(Alarm, Page)"),
    key("replies", "replies(AlarmSeen)"),
    key("capacity", "capacity = 50"),
    key("ahead", "ahead = 256"),
    key("order", "order = 10"),
    key("crate", "crate = ::nexus"),
];

const DEFAULT_CAPACITY: usize = 50;

/// Expands `#[derive(Boundary)]`.
pub(crate) fn boundary(item: TokenStream) -> TokenStream {
    let mut derived = match Derived::read("boundary", item) {
        Ok(derived) => derived,
        Err(tokens) => return tokens,
    };
    let tokens = derived.arguments(HELPER, "does not say between which domains");
    let written = tokens.is_some();
    let name = derived.text();
    let ident = derived.input.ident.clone();
    let errors = &mut derived.errors;
    let mut arguments = Arguments::parse(tokens.unwrap_or_default(), None, KEYS, errors);
    if written && arguments.readable {
        missing(&arguments, &ident, errors);
    }
    let from = arguments.path("from", errors);
    let to = arguments.path("to", errors);
    let events = arguments.types("events", errors);
    let replies = arguments.types("replies", errors).map(|(_, types)| types).unwrap_or_default();
    let capacity = number(arguments.count("capacity", errors).unwrap_or(DEFAULT_CAPACITY));
    let ahead = number(arguments.count("ahead", errors).unwrap_or(1_usize));
    let order = arguments.integer("order", "an integer of 32 bits", errors, |_| true).unwrap_or(0);
    let root = arguments.root(errors);
    if let (Some(from), Some(to)) = (&from, &to) {
        two_domains(&ident, from, to, errors);
    }
    if let Some((key, events)) = &events {
        lists(&ident, key, events, &replies, errors);
    }
    let record = to.zip(events).map(|(to, (_, events))| {
        let events = each(&events);
        let record = Record {
            name,
            at: ident.span(),
            domain: from.as_ref(),
            order,
            emits: each(&replies),
            states: TokenStream::new(),
            meta: false,
            role: quote! {
                Boundary {
                    to: __nexus::DomainKey::of::<#to>,
                    events: || __nexus::Emits::none() #events,
                    capacity: #capacity,
                    ahead: #ahead,
                }
            },
        };
        record.into_tokens()
    });
    derived.finish(&root, record)
}

/// The calls that add events to a set; each stands at its type, so that an error about it points there alone.
fn each(types: &[Type]) -> TokenStream {
    types.iter().map(|ty| quote_spanned!(first_span(&quote!(#ty))=> .and_event::<#ty>())).collect()
}

/// Reports the keys that are not written, though they have to be.
fn missing(arguments: &Arguments, ident: &Ident, errors: &mut Errors) {
    let required = ["from", "to", "events"];
    let missing: Vec<&str> = required.into_iter().filter(|name| arguments.place(name).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    let examples: Vec<&str> =
        KEYS.iter().filter(|key| missing.contains(&key.name())).map(Key::example).collect();
    let names: Vec<String> = missing.iter().map(|name| format!("no `{name}`")).collect();
    let names = match &*names {
        [first, second, third] => format!("{first}, {second} and {third}"),
        names => names.join(" and "),
    };
    errors.push(
        ident,
        format!("boundary `{ident}` has {names}"),
        format!("add `{}` to `#[boundary(…)]`", examples.join(", ")),
    );
}

fn two_domains(ident: &Ident, from: &Path, to: &Path, errors: &mut Errors) {
    let domain = written(to);
    if written(from) == domain {
        errors.push(
            to,
            format!("boundary `{ident}` leads from `{domain}` to `{domain}`"),
            "name two domains: what is emitted inside of one needs no boundary",
        );
    }
}

/// Reports what can't stand in the lists of events and replies.
fn lists(ident: &Ident, key: &Ident, events: &[Type], replies: &[Type], errors: &mut Errors) {
    if events.is_empty() && errors.is_empty() {
        errors.push(key, format!("boundary `{ident}` carries no event"), "write `events(MyEvent)`");
    }
    for (list, name) in [(events, "events"), (replies, "replies")] {
        for (place, ty) in list.iter().enumerate() {
            let text = written(ty);
            if let Type::Tuple(tuple) = ty {
                let inside: Vec<String> = tuple.elems.iter().map(written).collect();
                errors.push(
                    ty,
                    format!("`{text}` is a tuple, but each event stands for itself"),
                    format!("write `{name}({})`", inside.join(", ")),
                );
            } else if let Type::Reference(reference) = ty {
                let event = written(&reference.elem);
                errors.push(ty, format!("`{text}` is no event type"), format!("write `{event}`"));
            } else if is_record(&text) {
                errors.push(
                    ty,
                    format!(
                        "`{text}` is every event, but boundary `{ident}` has to name those that it carries"
                    ),
                    format!("write their types: `{name}(MyEvent)`"),
                );
            } else if list[..place].iter().any(|other| written(other) == text) {
                errors.push(ty, format!("`{text}` is given twice"), "remove one of them");
            } else if name == "replies" && events.iter().any(|other| written(other) == text) {
                errors.push(
                    ty,
                    format!("`{text}` can't be both an event and a reply of boundary `{ident}`"),
                    "remove it from one of the two lists",
                );
            }
        }
    }
}

/// Whether a type, as it is written, is the record of any event. A named event of this name is reached by a longer path.
pub(crate) fn is_record(written: &str) -> bool {
    ["Event", "nexus::Event", "::nexus::Event"].contains(&written.trim())
}
