//! What no annotated function may be.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, FnArg, GenericParam, LitStr, ReturnType, Safety, Signature, Type};

use crate::diagnostics::Errors;
use crate::signature::{Function, annotation, written};

/// Reports what the plan could not call. `method` says whether a receiver is expected.
pub(crate) fn function(function: &Function, word: &str, method: bool, errors: &mut Errors) {
    let signature = &function.signature;
    let name = &signature.ident;
    qualifiers(signature, word, errors);
    if let Some(other) = function.attributes.iter().find(|attribute| annotation(attribute).is_some()) {
        errors.push(
            other.path(),
            format!("{word} `{name}` has a second annotation"),
            "write a function for each, and let both call a third",
        );
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) if !method && matches!(word, "handler" | "filter") => errors.push(
                receiver,
                format!("{word} `{name}` takes `self`, so it belongs to its type"),
                "annotate its `impl` block with `#[handlers]`; outside of a block, remove `self`",
            ),
            FnArg::Receiver(receiver) if !method => errors.push(
                receiver,
                format!("{word} `{name}` takes `self`, but a source is a function"),
                "move it out of the `impl` block, and take what it needs as state: `&T`",
            ),
            FnArg::Receiver(_) => {}
            FnArg::Typed(typed) => {
                if let Some(at) = find_impl(&typed.ty.to_token_stream()) {
                    generic(at, word, name, "name the type", errors);
                }
                if let Some(cfg) = typed.attrs.iter().find(|attribute| attribute.path().is_ident("cfg")) {
                    errors.push(
                        cfg,
                        format!("{word} `{name}` has a parameter under a condition"),
                        "write the function twice, each under its `#[cfg(…)]`",
                    );
                }
            }
        }
    }
}

fn qualifiers(signature: &Signature, word: &str, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(variadic) = &signature.variadic {
        let what =
            format!("{word} `{name}` is variadic, but the nexus calls it with what its parameters ask for");
        errors.push(variadic, what, "remove `...`: a list is state, `&Vec<…>`, or part of the event");
    }
    let generics = &signature.generics;
    if word == "program" && !generics.params.is_empty() {
        errors.push(generics, format!("program `{name}` is generic"), "remove the parameters");
    } else if generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_))) {
        let help = "write one for each type, and let them call a generic function";
        errors.push(generics, generic_text(word, name), help);
    } else if !generics.params.is_empty() {
        errors.push(generics, format!("{word} `{name}` names lifetimes"), "leave them out: they are elided");
    }
    if let Some(clause) = &generics.where_clause {
        errors.push(
            clause,
            format!("{word} `{name}` has a `where` clause"),
            "remove it: there is nothing generic to bound",
        );
    }
    if signature.variadic.is_some() {
        // It has to be `unsafe` and `extern`: that is no mistake of its own.
        return;
    }
    if !matches!(signature.safety, Safety::Default) {
        errors.push(
            &signature.safety,
            format!("{word} `{name}` is `unsafe`, but the nexus calls it from safe code"),
            "remove `unsafe`",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.push(
            abi,
            format!("{word} `{name}` is `extern`"),
            "remove the ABI: the nexus calls it from Rust",
        );
    }
}

/// Reports a return type that has no name.
pub(crate) fn named_output(signature: &Signature, word: &str, errors: &mut Errors) {
    let name = &signature.ident;
    let ReturnType::Type(_, ty) = &signature.output else { return };
    let Some(at) = find_impl(&ty.to_token_stream()) else { return };
    let future = matches!(&**ty, Type::ImplTrait(_)) && ty.to_token_stream().to_string().contains("Future");
    let help = if future { format!("write `async fn {name}`") } else { "name the type".to_owned() };
    errors.push_at(at, format!("{word} `{name}` returns a type without a name"), help);
}

/// Whether nothing is returned: `()`, written or not.
pub(crate) fn returns_nothing(signature: &Signature) -> bool {
    match &signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
    }
}

/// Reports a struct whose only parameters are lifetimes: what it borrows, it has to own. False if it has none, or others.
pub(crate) fn borrows(input: &DeriveInput, word: &str, errors: &mut Errors) -> bool {
    let params = &input.generics.params;
    let Some(GenericParam::Lifetime(first)) = params.first() else { return false };
    if params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_))) {
        return false;
    }
    let fields = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    };
    let borrowed = fields.iter().find_map(|field| match &field.ty {
        Type::Reference(reference) => {
            reference.lifetime.as_ref().map(|_| (written(&field.ty), &*reference.elem))
        }
        _ => None,
    });
    let help = match borrowed {
        Some((text, Type::Slice(slice))) => {
            format!("own it: `Vec<{}>` instead of `{text}`", written(&slice.elem))
        }
        Some((text, owned)) if written(owned) != "str" => {
            format!("own it: `{}` instead of `{text}`", written(owned))
        }
        Some((text, _)) => format!("own it: `String` instead of `{text}`"),
        None => format!("own what it borrows: `String` instead of `&{} str`", first.lifetime),
    };
    let what = format!("{word} `{}` borrows, but has to own what it holds", input.ident);
    errors.push(&input.generics, what, help);
    true
}

fn generic(at: Span, word: &str, name: &Ident, help: &str, errors: &mut Errors) {
    errors.push_at(at, generic_text(word, name), help);
}

fn generic_text(word: &str, name: &Ident) -> String {
    format!("{word} `{name}` is generic, but the plan has to know its types")
}

/// The word `impl` in a type.
fn find_impl(tokens: &TokenStream) -> Option<Span> {
    tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "impl" => Some(word.span()),
        TokenTree::Group(group) => find_impl(&group.stream()),
        _ => None,
    })
}

/// Reports what a program's `main` may not be.
pub(crate) fn main(function: &Function, errors: &mut Errors) {
    let (signature, name) = (&function.signature, function.name());
    for second in function.attributes.iter().filter(|attribute| runs_main(attribute)) {
        let what = format!("program `{name}` has a second annotation that runs it");
        let help =
            format!("remove `#[{}]`: the other `#[nexus::main]` makes the runtime", written(second.path()));
        errors.push(second.path(), what, help);
    }
    if signature.asyncness.is_none() {
        errors.push(
            signature.fn_token,
            format!("program `{name}` has to be `async` to run a nexus"),
            format!("write `async fn {name}()`"),
        );
    }
    if !signature.inputs.is_empty() {
        let help = "read the arguments with `std::env::args()`, or with `clap`";
        errors.push(&signature.inputs, format!("program `{name}` takes no parameters"), help);
    }
    qualifiers(signature, "program", errors);
}

/// Whether an attribute is a `main` too: `#[tokio::main]`.
pub(crate) fn runs_main(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "main")
}

/// Reports a stable name that nobody could read in a graph, or that is not the user's to give.
pub(crate) fn name(name: &LitStr, word: &str, own: &Ident, errors: &mut Errors) {
    let value = name.value();
    if value.trim().is_empty() {
        let help = format!("write `name = \"{}\"`, or leave it out", own.unraw());
        errors.push(name, format!("{word} `{own}` has an empty name"), help);
    } else if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let what = format!("{word} `{own}` has a name with white space in it");
        let words: Vec<&str> = value
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        errors.push(name, what, format!("write `name = {:?}`", words.join(".")));
    } else if value.starts_with("nexus.") {
        let what = format!("{word} `{own}` has a name that is kept for the nexus's own {word}s");
        errors.push(name, what, "choose another prefix than `nexus.`");
    }
}
