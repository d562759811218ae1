//! The arguments of an annotation: `Event, key = value, flag`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, LitStr, Path, Token, Type, UnOp};

use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::signature::written;

/// A key that an annotation knows, and how it is written.
pub(crate) struct Key {
    name: &'static str,
    example: &'static str,
    /// It is known, but belongs to another annotation.
    elsewhere: bool,
}

/// A key; the example begins with its name.
pub(crate) const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example, elsewhere: false }
}

/// A key that is looked for here, but belongs to another annotation; the example shows it there.
pub(crate) const fn elsewhere(name: &'static str, example: &'static str) -> Key {
    Key { name, example, elsewhere: true }
}

/// The arguments, checked against the known keys.
pub(crate) struct Arguments {
    /// What stands before the first key: `Event` in `#[handler(Event, …)]`.
    pub(crate) subject: Option<Type>,
    /// Whether each argument could be read, so that what is missing has really not been written.
    pub(crate) readable: bool,
    keys: &'static [Key],
    given: Vec<Given>,
}

struct Given {
    key: Ident,
    value: Option<Expr>,
}

enum Argument {
    Word(Ident),
    Type(Type),
    Given(Given),
    /// `key =`, and what follows is no value.
    Unfinished(Ident, TokenStream),
    Junk(TokenStream),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let keyed = ahead.call(Ident::parse_any).is_ok() && ahead.peek(Token![=]) && !ahead.peek(Token![==]);
        if keyed {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            if input.fork().parse::<Expr>().is_err() {
                return Ok(Self::Unfinished(key, rest(input)));
            }
            return Ok(Self::Given(Given { key, value: Some(input.parse()?) }));
        }
        let ahead = input.fork();
        if ahead.call(Ident::parse_any).is_ok() && ends(&ahead) {
            return Ok(Self::Word(input.call(Ident::parse_any)?));
        }
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && ends(&ahead) {
            return Ok(Self::Type(input.parse()?));
        }
        Ok(Self::Junk(rest(input)))
    }
}

fn ends(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Everything up to the next comma.
fn rest(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !ends(input) {
        let Ok(token) = input.parse::<TokenTree>() else { break };
        tokens.extend([token]);
    }
    tokens
}

impl Arguments {
    /// Parses the arguments, each for itself; `subject` says whether a type may stand first, else a lone word is a flag.
    pub(crate) fn parse(
        tokens: TokenStream,
        subject: bool,
        keys: &'static [Key],
        errors: &mut Errors,
    ) -> Self {
        let mut arguments = Self { subject: None, readable: true, keys, given: Vec::new() };
        let parsed = Parser::parse2(
            |input: ParseStream<'_>| {
                while !input.is_empty() {
                    if let Some(comma) = input.parse::<Option<Token![,]>>()? {
                        arguments.fail(|| errors.push(comma, "`,` is too much here", "remove it"));
                        continue;
                    }
                    match input.parse() {
                        Ok(argument) => arguments.read(argument, subject, errors),
                        Err(error) => arguments.fail(|| errors.parser(error)),
                    }
                    let junk = rest(input);
                    if !junk.is_empty() {
                        arguments.fail(|| {
                            let what = format!("`{}` is too much here", written(&junk));
                            errors.push(&junk, what, "separate the arguments with commas");
                        });
                    }
                    input.parse::<Option<Token![,]>>()?;
                }
                Ok(())
            },
            tokens,
        );
        if let Err(error) = parsed {
            arguments.fail(|| errors.parser(error));
        }
        arguments
    }

    fn fail(&mut self, report: impl FnOnce()) {
        self.readable = false;
        report();
    }

    fn read(&mut self, argument: Argument, subject: bool, errors: &mut Errors) {
        match argument {
            Argument::Given(given) => self.add(given, errors),
            Argument::Unfinished(key, rest) => {
                match self.keys.iter().find(|known| key.unraw() == known.name) {
                    None => self.add(Given { key, value: None }, errors),
                    Some(known) => self.fail(|| {
                        let (name, help) = (known.name, format!("write `{}`", known.example));
                        if rest.is_empty() {
                            errors.push(&key, format!("`{name}` has no value"), help);
                        } else {
                            let what = format!("`{name}` has no whole value");
                            errors.push(&rest, what, help);
                        }
                    }),
                }
            }
            Argument::Word(word) if subject && !self.knows(&word) => match syn::parse2(quote!(#word)) {
                Ok(ty) => self.take_subject(ty, errors),
                Err(_) => self.junk(&word, errors),
            },
            Argument::Word(key) => self.add(Given { key, value: None }, errors),
            Argument::Type(ty) if subject => self.take_subject(ty, errors),
            Argument::Type(ty) => self.junk(&ty, errors),
            Argument::Junk(tokens) if subject && self.subject.is_none() && self.given.is_empty() => {
                self.fail(|| {
                    let help = "write the event's type: `#[handler(MyEvent)]`";
                    errors.push(&tokens, format!("`{}` is no event type", written(&tokens)), help);
                });
            }
            Argument::Junk(tokens) => self.junk(&tokens, errors),
        }
    }

    fn knows(&self, key: &Ident) -> bool {
        self.keys.iter().any(|known| key.unraw() == known.name)
    }

    fn junk(&mut self, tokens: &impl ToTokens, errors: &mut Errors) {
        let help = self.expected();
        self.fail(|| errors.push(tokens, format!("`{}` is no key", written(tokens)), help));
    }

    fn take_subject(&mut self, ty: Type, errors: &mut Errors) {
        let event = written(&ty);
        if self.subject.is_some() {
            errors.push(
                &ty,
                "a handler is for one event",
                "remove this one, and write another handler for it",
            );
        } else if self.given.is_empty() {
            self.subject = Some(ty);
        } else {
            errors.push(
                &ty,
                format!("`{event}` has to stand first"),
                format!("write `#[handler({event}, …)]`"),
            );
            self.subject = Some(ty);
        }
    }

    fn add(&mut self, given: Given, errors: &mut Errors) {
        let name = given.key.unraw().to_string();
        match self.keys.iter().find(|key| key.name == name) {
            Some(key) if key.elsewhere => {
                errors.push(
                    &given.key,
                    format!("`{name}` does not belong here"),
                    format!("write `{}`", key.example),
                );
            }
            Some(_) if self.given.iter().any(|other| other.key.unraw() == name) => {
                errors.push(&given.key, format!("`{name}` is given twice"), "remove one of them");
            }
            Some(_) => self.given.push(given),
            None => {
                let here = self.keys.iter().filter(|key| !key.elsewhere);
                let nearest = here.map(|key| (distance(key.name, &name), key)).min_by_key(|(far, _)| *far);
                let help = match nearest {
                    Some((far, key)) if far <= 2 && far <= key.name.len() / 2 => {
                        format!("did you mean `{}`?", key.example)
                    }
                    _ => self.expected(),
                };
                self.fail(|| errors.push(&given.key, format!("unknown key `{name}`"), help));
            }
        }
    }

    fn expected(&self) -> String {
        let examples: Vec<String> =
            self.keys.iter().filter(|key| !key.elsewhere).map(|key| format!("`{}`", key.example)).collect();
        let one_of = if examples.len() == 1 { "" } else { "one of " };
        format!("expected {one_of}{}", examples.join(", "))
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let place = self.given.iter().position(|given| given.key.unraw() == name)?;
        Some(self.given.remove(place))
    }

    /// Where a key stands that has not been taken yet.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        self.given.iter().find(|given| given.key.unraw() == name).map(|given| given.key.span())
    }

    /// A key that takes no value.
    pub(crate) fn flag(&mut self, name: &'static str, errors: &mut Errors) -> bool {
        let Some(given) = self.take(name) else { return false };
        if let Some(value) = &given.value {
            errors.push(value, format!("`{name}` takes no value"), format!("write `{name}`"));
        }
        true
    }

    /// A key with a value; `read` gives `None` where the value is of the wrong kind.
    fn value<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Expr) -> Option<T>,
    ) -> Option<T> {
        let given = self.take(name)?;
        let value = given.value.as_ref().and_then(read);
        if value.is_none() {
            let at = match &given.value {
                Some(value) => value.to_token_stream(),
                None => given.key.to_token_stream(),
            };
            let example = self.keys.iter().find(|key| key.name == name).map_or(name, |key| key.example);
            errors.push(at, format!("`{name}` takes {kind}"), format!("write `{example}`"));
        }
        value
    }

    pub(crate) fn string(&mut self, name: &'static str, errors: &mut Errors) -> Option<LitStr> {
        self.value(name, "a string", errors, as_string)
    }

    /// A key with an integer; `kind` names its range.
    pub(crate) fn integer<N: TryFrom<i128>>(
        &mut self,
        name: &'static str,
        kind: &str,
        errors: &mut Errors,
        fits: impl FnOnce(&N) -> bool,
    ) -> Option<N> {
        self.value(name, kind, errors, |value| N::try_from(as_integer(value)?).ok().filter(fits))
    }

    pub(crate) fn path(&mut self, name: &'static str, errors: &mut Errors) -> Option<Path> {
        self.value(name, "a path", errors, as_path)
    }

    pub(crate) fn ident(&mut self, name: &'static str, errors: &mut Errors) -> Option<Ident> {
        self.value(name, "a name", errors, |value| as_path(value)?.get_ident().cloned())
    }

    /// A key whose value is any expression.
    pub(crate) fn expression(&mut self, name: &'static str, errors: &mut Errors) -> Option<Expr> {
        self.value(name, "a value", errors, |value| Some(value.clone()))
    }

    /// `crate = …`.
    pub(crate) fn root(&mut self, errors: &mut Errors) -> Root {
        Root::new(self.path("crate", errors))
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
