//! The arguments of an annotation: `Event, key = value, flag`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, LitStr, Path, Token, Type, UnOp};

use crate::diagnostics::Errors;
use crate::paths::Root;

/// A key that an annotation knows, and an example of it.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
}

pub(crate) const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example }
}

/// The arguments, checked against the known keys.
pub(crate) struct Arguments {
    /// What stands before the first key: `Event` in `#[handler(Event, …)]`.
    pub(crate) subject: Option<Type>,
    given: Vec<Given>,
}

struct Given {
    key: Ident,
    value: Option<Expr>,
}

enum Argument {
    Subject(Type),
    Given(Given),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let keyed = ahead.call(Ident::parse_any).is_ok() && ahead.peek(Token![=]) && !ahead.peek(Token![==]);
        if keyed {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Given(Given { key, value: Some(input.parse()?) }));
        }
        Ok(Self::Subject(input.parse()?))
    }
}

impl Arguments {
    /// Parses the arguments; `subject` says whether a type may stand first, else a lone word is a flag.
    pub(crate) fn parse(tokens: TokenStream, subject: bool, keys: &[Key], errors: &mut Errors) -> Self {
        let mut arguments = Self { subject: None, given: Vec::new() };
        let parsed = match Punctuated::<Argument, Token![,]>::parse_terminated.parse2(tokens) {
            Ok(parsed) => parsed,
            Err(error) => {
                errors.parser(error);
                return arguments;
            }
        };
        for (nth, argument) in parsed.into_iter().enumerate() {
            match argument {
                Argument::Given(given) => arguments.add(given, keys, errors),
                Argument::Subject(subject_type) if subject && nth == 0 => arguments.subject = Some(subject_type),
                Argument::Subject(flag) => match as_ident(&flag) {
                    Some(key) => arguments.add(Given { key, value: None }, keys, errors),
                    None => errors.push(&flag, "this is no key", expected(keys)),
                },
            }
        }
        arguments
    }

    fn add(&mut self, given: Given, keys: &[Key], errors: &mut Errors) {
        let name = given.key.unraw().to_string();
        if !keys.iter().any(|key| key.name == name) {
            let nearest = keys.iter().map(|key| (distance(key.name, &name), key)).min_by_key(|(far, _)| *far);
            let help = match nearest {
                Some((far, key)) if far <= 2 => format!("did you mean `{}`?", key.example),
                _ => expected(keys),
            };
            errors.push(&given.key, format!("unknown key `{name}`"), help);
        } else if self.given.iter().any(|other| other.key.unraw() == name) {
            errors.push(&given.key, format!("`{name}` is given twice"), "remove one of them");
        } else {
            self.given.push(given);
        }
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let place = self.given.iter().position(|given| given.key.unraw() == name)?;
        Some(self.given.remove(place))
    }

    /// A key that takes no value.
    pub(crate) fn flag(&mut self, name: &'static str, errors: &mut Errors) -> Option<Span> {
        let given = self.take(name)?;
        if let Some(value) = &given.value {
            errors.push(value, format!("`{name}` takes no value"), format!("write `{name}`"));
        }
        Some(given.key.span())
    }

    /// A key with a value; `read` gives `None` where the value is of the wrong kind.
    fn value<T>(
        &mut self,
        name: &'static str,
        example: &'static str,
        kind: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Expr) -> Option<T>,
    ) -> Option<T> {
        let given = self.take(name)?;
        let value = given.value.as_ref().and_then(read);
        if value.is_none() {
            let at = given.value.as_ref().map_or_else(|| given.key.to_token_stream(), ToTokens::to_token_stream);
            errors.push(at, format!("`{name}` takes {kind}"), format!("write `{example}`"));
        }
        value
    }

    pub(crate) fn string(&mut self, name: &'static str, example: &'static str, errors: &mut Errors) -> Option<LitStr> {
        self.value(name, example, "a string", errors, as_string)
    }

    /// A key with an integer; `kind` names its range.
    pub(crate) fn integer<N: TryFrom<i128>>(
        &mut self,
        name: &'static str,
        example: &'static str,
        kind: &str,
        errors: &mut Errors,
    ) -> Option<N> {
        self.value(name, example, kind, errors, |value| N::try_from(as_integer(value)?).ok())
    }

    pub(crate) fn path(&mut self, name: &'static str, example: &'static str, errors: &mut Errors) -> Option<Path> {
        self.value(name, example, "a path", errors, as_path)
    }

    pub(crate) fn ident(&mut self, name: &'static str, example: &'static str, errors: &mut Errors) -> Option<Ident> {
        self.value(name, example, "a name", errors, |value| as_path(value)?.get_ident().cloned())
    }

    /// A key whose value is any expression.
    pub(crate) fn expression(&mut self, name: &'static str, example: &'static str, errors: &mut Errors) -> Option<Expr> {
        self.value(name, example, "a value", errors, |value| Some(value.clone()))
    }

    /// `crate = …`.
    pub(crate) fn root(&mut self, errors: &mut Errors) -> Root {
        Root::new(self.path("crate", "crate = ::nexus", errors))
    }
}

fn expected(keys: &[Key]) -> String {
    let examples: Vec<String> = keys.iter().map(|key| format!("`{}`", key.example)).collect();
    format!("expected one of {}", examples.join(", "))
}

fn as_ident(ty: &Type) -> Option<Ident> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}

fn as_string(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        Expr::Group(group) => as_string(&group.expr),
        _ => None,
    }
}

fn as_integer(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => as_integer(expr)?.checked_neg(),
        Expr::Group(group) => as_integer(&group.expr),
        _ => None,
    }
}

fn as_path(value: &Expr) -> Option<Path> {
    match value {
        Expr::Path(ExprPath { qself: None, path, .. }) => Some(path.clone()),
        Expr::Group(group) => as_path(&group.expr),
        _ => None,
    }
}

/// The number of letters to add, remove or change: Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
