//! By what a handler of dynamic events is found: an integer, a string, a range, a mask, or `_`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, ExprRange, ExprUnary, Lit, RangeLimits, UnOp};

use crate::attributes::{as_integer, is_constant};
use crate::diagnostics::Errors;
use crate::record::number;
use crate::signature::written;

/// A key, as it stands in the annotation and as it stands in the record.
#[derive(Clone)]
pub(crate) struct EventKey {
    pub(crate) text: String,
    takes: TokenStream,
}

impl EventKey {
    /// `mask = …`, which is greater than 0.
    pub(crate) fn mask(bits: i64) -> Self {
        let text = format!("{bits:#b}");
        let bits: TokenStream = text.parse().unwrap_or_default();
        Self { text: format!("mask = {text}"), takes: quote!(mask(#bits)) }
    }

    /// Reads what stands first; `None` if it is no key.
    pub(crate) fn read(value: &Expr, errors: &mut Errors) -> Option<Self> {
        let takes = match value {
            Expr::Group(group) => return Self::read(&group.expr, errors),
            Expr::Infer(_) => quote!(rest()),
            Expr::Range(range) => {
                let (start, end) = bounds(range, errors)?;
                let (start, end) = (number(start), number(end));
                quote!(range(#start, #end))
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
                let help = "write `\"line\"`, or `_` for everything that no other handler is for";
                errors.push(text, "an event's type can't be an empty string", help);
                return None;
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => quote!(text(#text)),
            other => {
                let number = number(integer(other, errors)?);
                quote!(integer(#number))
            }
        };
        Some(Self { text: written(value), takes })
    }

    /// What stands in the record.
    pub(crate) fn takes(&self) -> TokenStream {
        let takes = &self.takes;
        quote!(|| __nexus::Takes::#takes)
    }
}

/// The first and the last integer of a range.
fn bounds(range: &ExprRange, errors: &mut Errors) -> Option<(i64, i64)> {
    let start = range.start.as_deref().map(|start| integer(start, errors));
    let end = range.end.as_deref().map(|end| integer(end, errors));
    // What an end is worth that is written, but is no integer, is told already.
    if start == Some(None) || end == Some(None) {
        return None;
    }
    let text = written(range);
    let (start, end) = (start.flatten(), end.flatten());
    let (Some(start), Some(end)) = (start, end) else {
        let (missing, start, end) = match (start, end) {
            (Some(start), _) => ("end", start, start.saturating_add(99)),
            (None, Some(end)) => ("start", end.saturating_sub(99).max(0).min(end), end),
            (None, None) => ("start and no end", 100, 199),
        };
        let what = format!("range `{text}` has no {missing}");
        errors.push(range.limits, what, format!("write `{start}..={end}`"));
        return None;
    };
    match range.limits {
        RangeLimits::HalfOpen(_) if start < end => {
            let what = format!("range `{text}` leaves its end out, but a key says its last integer");
            errors.push(range.limits, what, format!("write `{start}..={}`", end - 1));
            None
        }
        RangeLimits::HalfOpen(_) if start == end => {
            errors.push(range, format!("range `{text}` is empty"), format!("write `{start}`"));
            None
        }
        _ if start > end => {
            errors.push(range, format!("range `{text}` is empty"), format!("write `{end}..={start}`"));
            None
        }
        _ => Some((start, end)),
    }
}

/// An integer of 64 bits; anything else is reported.
fn integer(value: &Expr, errors: &mut Errors) -> Option<i64> {
    if let Some(number) = as_integer(value)
        && let Ok(number) = i64::try_from(number)
    {
        return Some(number);
    }
    let literal = literal(value);
    let text = written(value);
    let (what, help) = match literal {
        Some(Lit::Int(_)) => (
            format!("`{text}` does not fit into 64 bits"),
            format!("write an integer from `{}` to `{}`", i64::MIN, i64::MAX),
        ),
        Some(Lit::Float(_)) => (
            format!("`{text}` is a float, but an event's type is an integer or a string"),
            format!("write an integer, as `10`, or `\"{text}\"`"),
        ),
        Some(Lit::Char(char)) => (
            format!("`{text}` is a character, but an event's type is an integer or a string"),
            format!("write `{:?}`", char.value().to_string()),
        ),
        Some(Lit::Bool(_)) => (
            format!("`{text}` is a truth value, but an event's type is an integer or a string"),
            format!("write `\"{text}\"`"),
        ),
        Some(Lit::Byte(byte)) => (
            format!("`{text}` is a byte, but an event's type is an integer or a string"),
            format!("write `{}`", byte.value()),
        ),
        Some(Lit::ByteStr(_) | Lit::CStr(_)) => (
            format!("`{text}` is a string of bytes, but an event's type is an integer or a string of text"),
            format!("write `{}`", text.trim_start_matches(['b', 'c'])),
        ),
        _ if is_constant(value) => (
            format!("`{text}` is a constant, but a macro can't see what it is worth"),
            "write the number itself, as `10`".to_owned(),
        ),
        _ => (format!("`{text}` is no integer"), "write a number, as `10`".to_owned()),
    };
    errors.push(value, what, help);
    None
}

/// The literal behind a sign, unless it is a string.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => None,
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
