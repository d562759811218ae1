//! Tests of the expanders without a compiler: they are functions from tokens to tokens.
//!
//! `snapshots` shows what each annotation becomes, `expansions` what their documentation says of it, `half_typed` feeds them everything that an editor may send, and the
//! others read their messages.

mod arguments;
mod expansions;
mod half_typed;
mod link;
mod periods;
mod snapshots;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::{boundary, event, filter, handler, program, source};

/// What rustc runs on an expander: the attribute's arguments and the item.
type Attribute = fn(TokenStream, &TokenStream) -> TokenStream;

/// The attributes, by name.
const ATTRIBUTES: [(&str, Attribute); 8] = [
    ("named_event", event::named_event),
    ("handler", handler::handler),
    ("handlers", handler::handlers),
    ("filter", filter::filter),
    ("converter", source::converter),
    ("producer", source::producer),
    ("timer", source::timer),
    ("main", program::main),
];

/// What rustc runs on a derive: the item.
type Derive = fn(TokenStream) -> TokenStream;

/// The derives, by name, with their helper attributes.
const DERIVES: [(&str, &str, Derive); 3] = [
    ("Domain", "domain", program::domain),
    ("Boundary", "boundary", boundary::boundary),
    ("Fanout", "fanout", handler::fan_out),
];

fn derive(name: &str) -> Derive {
    let found = DERIVES.iter().find(|(known, ..)| *known == name);
    found.unwrap_or_else(|| panic!("`{name}` is no derive")).2
}

fn attribute(name: &str) -> Attribute {
    let found = ATTRIBUTES.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("`{name}` is no annotation")).1
}

fn tokens(code: &str) -> TokenStream {
    code.parse().unwrap_or_else(|error| panic!("{error} in: {code}"))
}

/// Source code whose first attribute is the one to expand: its name, its arguments, and the item.
fn split(code: &str) -> (String, TokenStream, TokenStream) {
    let mut all = tokens(code).into_iter();
    let (Some(TokenTree::Punct(_)), Some(TokenTree::Group(attribute))) = (all.next(), all.next()) else {
        panic!("no attribute stands first in: {code}");
    };
    let mut inside: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let arguments = match inside.last() {
        Some(TokenTree::Group(group)) => {
            let arguments = group.stream();
            inside.pop();
            arguments
        }
        _ => TokenStream::new(),
    };
    let name = inside.pop().map(|name| name.to_string()).unwrap_or_default();
    (name, arguments, all.collect())
}

/// Expands source code whose first attribute is an annotation.
fn expand(code: &str) -> TokenStream {
    let (name, arguments, item) = split(code);
    match (&*name, &*arguments.to_string()) {
        ("derive", derive) => self::derive(derive)(item),
        _ => attribute(&name)(arguments, &item),
    }
}

/// The texts of the errors in an expansion.
fn messages(expansion: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut next_is_text = false;
    for token in expansion {
        match token {
            TokenTree::Ident(name) => next_is_text = name == "compile_error",
            TokenTree::Group(group) if next_is_text => {
                let text: syn::LitStr = syn::parse2(group.stream()).expect("the text of an error");
                found.push(text.value());
                next_is_text = false;
            }
            TokenTree::Group(group) => found.extend(messages(group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// The texts of the errors of an annotated item.
fn errors(code: &str) -> Vec<String> {
    messages(expand(code))
}

/// All tokens in a row, brackets among them, as text.
fn flat(tokens: &TokenStream) -> Vec<String> {
    let mut row = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                let text = proc_macro2::Group::new(group.delimiter(), TokenStream::new()).to_string();
                let brackets: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                row.extend(brackets.first().map(ToString::to_string));
                row.extend(flat(&group.stream()));
                row.extend(brackets.last().map(ToString::to_string));
            }
            token => row.push(token.to_string()),
        }
    }
    row
}

#[test]
fn an_annotation_is_split_from_its_item() {
    let (name, arguments, item) = split("#[nexus::handler(Reading, order = 3)] pub fn watch() {}");
    assert_eq!(name, "handler");
    assert_eq!(flat(&arguments), flat(&quote!(Reading, order = 3)));
    assert_eq!(
        flat(&item),
        flat(&quote!(
            pub fn watch() {}
        ))
    );
}
