//! What no annotated function may be.

use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Safety, Signature, Type};

use crate::diagnostics::Errors;

/// Reports what the plan could not call. `method` says whether a receiver is expected.
pub(crate) fn signature(signature: &Signature, word: &str, method: bool, errors: &mut Errors) {
    let name = &signature.ident;
    let types = signature.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)));
    if types {
        errors.push(
            &signature.generics,
            format!("{word} `{name}` is generic, but the plan has to know its types"),
            "write one for each type, and let them call a generic function",
        );
    } else if !signature.generics.params.is_empty() {
        errors.push(&signature.generics, format!("{word} `{name}` names lifetimes"), "leave them out: they are elided");
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.push(clause, format!("{word} `{name}` has a `where` clause"), "remove it: there is nothing generic to bound");
    }
    if !matches!(signature.safety, Safety::Default) {
        errors.push(&signature.safety, format!("{word} `{name}` is `unsafe`, but the nexus calls it from safe code"), "remove `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, format!("{word} `{name}` is `extern`"), "remove the ABI: the nexus calls it from Rust");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(variadic, format!("{word} `{name}` is variadic"), "name its parameters");
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) if !method => errors.push(
                receiver,
                format!("{word} `{name}` takes `self`, so it belongs to its type"),
                "annotate the `impl` block with `#[handlers]`",
            ),
            FnArg::Typed(typed) => no_impl(&typed.ty, word, name, errors),
            FnArg::Receiver(_) => {}
        }
    }
}

fn no_impl(ty: &Type, word: &str, name: &syn::Ident, errors: &mut Errors) {
    let ty = match ty {
        Type::Reference(reference) => &*reference.elem,
        ty => ty,
    };
    if let Type::ImplTrait(_) = ty {
        errors.push_at(
            ty.span(),
            format!("{word} `{name}` is generic, but the plan has to know its types"),
            "name the type",
        );
    }
}
