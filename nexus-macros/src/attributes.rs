//! The arguments of an annotation: `Event, key = value, key(A, B), flag`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{
    Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, LitStr, Path, Token, Type, TypeReference, UnOp, token,
};

use crate::boundary::is_record;
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

impl Key {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn example(&self) -> &'static str {
        self.example
    }
}

/// A key; the example begins with its name.
pub(crate) const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example, elsewhere: false }
}

/// A key that is looked for here, but belongs to another annotation; the example shows it there.
pub(crate) const fn elsewhere(name: &'static str, example: &'static str) -> Key {
    Key { name, example, elsewhere: true }
}

/// What may stand before the first key.
#[derive(Clone, Copy)]
pub(crate) struct First {
    /// The attribute's name.
    pub(crate) attribute: &'static str,
    /// What is annotated with it.
    pub(crate) word: &'static str,
    /// What the item is for.
    pub(crate) subject: For,
}

/// What an annotated item is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Every event, so that none is named.
    Every,
    /// The events of one type.
    Type,
    /// The events of one type, or the dynamic ones of a key.
    TypeOrKey,
}

/// What stands before the first key.
pub(crate) enum Subject {
    /// `MyEvent`
    Event(Type),
    /// `10`, `"line"`, `100..=199`, `_`: what looks like a key of dynamic events.
    Key(Expr),
}

impl ToTokens for Subject {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Event(ty) => ty.to_tokens(tokens),
            Self::Key(key) => key.to_tokens(tokens),
        }
    }
}

/// The arguments, checked against the known keys.
pub(crate) struct Arguments {
    /// What stands before the first key: `Event` in `#[handler(Event, …)]`.
    pub(crate) subject: Option<Subject>,
    /// Whether each argument could be read, so that what is missing has really not been written.
    pub(crate) readable: bool,
    keys: &'static [Key],
    given: Vec<Given>,
}

struct Given {
    key: Ident,
    value: Option<Value>,
}

enum Value {
    /// `key = value`
    Is(Expr),
    /// `key(A, B)`
    List(Group),
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Is(value) => value.to_tokens(tokens),
            Self::List(list) => list.to_tokens(tokens),
        }
    }
}

enum Argument {
    Word(Ident),
    Type(Type),
    /// What looks like a key of dynamic events.
    Key(Expr),
    Given(Given),
    List(Ident, Group),
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
            return Ok(Self::Given(Given { key, value: Some(Value::Is(input.parse()?)) }));
        }
        let ahead = input.fork();
        let listed = ahead.call(Ident::parse_any).is_ok()
            && ahead.peek(token::Paren)
            && ahead.parse::<Group>().is_ok()
            && (ends(&ahead) || ahead.peek(Ident::peek_any));
        if listed {
            return Ok(Self::List(input.call(Ident::parse_any)?, input.parse()?));
        }
        let ahead = input.fork();
        if ahead.call(Ident::parse_any).is_ok() && ends(&ahead) {
            return Ok(Self::Word(input.call(Ident::parse_any)?));
        }
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && ends(&ahead) {
            return Ok(Self::Type(input.parse()?));
        }
        let ahead = input.fork();
        if ahead.parse::<Expr>().is_ok_and(|value| looks_like_a_key(&value)) && ends(&ahead) {
            return Ok(Self::Key(input.parse()?));
        }
        Ok(Self::Junk(rest(input)))
    }
}

/// Whether a value is a key of dynamic events, or was meant to be one.
fn looks_like_a_key(value: &Expr) -> bool {
    match value {
        Expr::Lit(_) | Expr::Range(_) | Expr::Infer(_) => true,
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => looks_like_a_key(expr),
        Expr::Group(group) => looks_like_a_key(&group.expr),
        _ => false,
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
    /// Parses the arguments, each for itself; where nothing but keys may stand first, a lone word is a flag.
    pub(crate) fn parse(
        tokens: TokenStream,
        first: Option<First>,
        keys: &'static [Key],
        errors: &mut Errors,
    ) -> Self {
        let mut arguments = Self { subject: None, readable: true, keys, given: Vec::new() };
        let parsed = Parser::parse2(
            |input: ParseStream<'_>| {
                while !input.is_empty() {
                    if let Some(comma) = input.parse::<Option<Token![,]>>()? {
                        arguments.fail(|| errors.push(comma, "expected an argument before `,`", "remove it"));
                        continue;
                    }
                    match input.parse() {
                        Ok(argument) => arguments.read(argument, first, errors),
                        Err(error) => arguments.fail(|| errors.parser(error)),
                    }
                    let junk = rest(input);
                    if !junk.is_empty() {
                        arguments.fail(|| no_comma(&junk, errors));
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

    fn read(&mut self, argument: Argument, first: Option<First>, errors: &mut Errors) {
        let subject = match (argument, first) {
            (Argument::Given(given), _) => return self.add(given, errors),
            (Argument::Unfinished(key, rest), _) => return self.unfinished(key, &rest, errors),
            (Argument::Word(key), first) if self.is_flag(&key, first) => {
                return self.add(Given { key, value: None }, errors);
            }
            (Argument::List(key, list), first) if names_nothing(first) || self.knows(&key) => {
                return self.add(Given { key, value: Some(Value::List(list)) }, errors);
            }
            (Argument::Word(word), _) => subject(quote!(#word)),
            (Argument::List(word, list), _) => subject(quote!(#word #list)),
            (Argument::Type(ty), _) => subject(quote!(#ty)),
            (Argument::Key(value), _) => Ok(Subject::Key(value)),
            (Argument::Junk(tokens), _) => Err(tokens),
        };
        let tokens = match (subject, first) {
            (Ok(Subject::Key(value)), Some(First { subject: For::Type, .. }) | None) => {
                quote!(#value)
            }
            (Ok(subject), Some(first)) => return self.take_subject(subject, first, errors),
            (Ok(Subject::Event(ty)), None) => quote!(#ty),
            (Err(tokens), _) => tokens,
        };
        match first {
            Some(first) if !names_nothing(Some(first)) && self.subject.is_none() && self.given.is_empty() => self.fail(|| {
                let attribute = first.attribute;
                let help = if first.subject == For::TypeOrKey {
                    format!(
                        "write the event's type, `#[{attribute}(MyEvent)]`, or a key of dynamic events: `10`, \
                         `100..=199`, `\"line\"`, `mask = 0b0110`, `_`"
                    )
                } else {
                    format!("write the event's type: `#[{attribute}(MyEvent)]`")
                };
                errors.push(&tokens, format!("`{}` is no event type", written(&tokens)), help);
            }),
            _ => self.junk(&tokens, errors),
        }
    }

    fn unfinished(&mut self, key: Ident, rest: &TokenStream, errors: &mut Errors) {
        match self.keys.iter().find(|known| key.unraw() == known.name) {
            None => self.add(Given { key, value: None }, errors),
            Some(known) => self.fail(|| {
                let (name, help) = (known.name, format!("write `{}`", known.example));
                if rest.is_empty() {
                    errors.push(&key, format!("`{name}` has no value"), help);
                } else if let Some((closure, parameter)) = bare_closure(rest).filter(|_| name == "every") {
                    let help = format!("write `{name} = {closure} {parameter}.period`");
                    errors.push(rest, format!("the closure of `{name}` has no body"), help);
                } else {
                    errors.push(rest, format!("`{name}` has no whole value"), help);
                }
            }),
        }
    }

    /// Whether a lone word is a key: what a type looks like is one only where nothing can stand first.
    fn is_flag(&self, word: &Ident, first: Option<First>) -> bool {
        match first {
            None => true,
            Some(_) if names_nothing(first) => self.knows(word) || !starts_upper(word),
            Some(_) => self.knows(word) || self.misspells(word),
        }
    }

    fn knows(&self, key: &Ident) -> bool {
        self.keys.iter().any(|known| key.unraw() == known.name)
    }

    /// Whether a word behind the subject was meant as a key: types begin with a capital letter.
    fn misspells(&self, word: &Ident) -> bool {
        let name = word.unraw().to_string();
        self.subject.is_some()
            && name.starts_with(|first: char| first.is_lowercase())
            && self.nearest(&name).is_some()
    }

    /// The key that a misspelt one was meant to be.
    fn nearest(&self, name: &str) -> Option<&'static Key> {
        let here = self.keys.iter().filter(|key| !key.elsewhere);
        let (far, key) = here.map(|key| (distance(key.name, name), key)).min_by_key(|(far, _)| *far)?;
        let another_word = far > 1 && key.name.len().abs_diff(name.len()) > 1;
        (far <= 2 && far <= key.name.len() / 2 && !another_word).then_some(key)
    }

    fn junk(&mut self, tokens: &impl ToTokens, errors: &mut Errors) {
        let help = self.expected();
        self.fail(|| errors.push(tokens, format!("`{}` is no key", written(tokens)), help));
    }

    fn take_subject(&mut self, subject: Subject, first: First, errors: &mut Errors) {
        let First { attribute, word, .. } = first;
        if names_nothing(Some(first)) {
            return self.fail(|| of_every_event(&subject, word, errors));
        }
        if let Some(before) = &self.subject {
            let one = match (before, &subject) {
                (Subject::Event(_), Subject::Event(_)) => "event",
                _ => "event or key",
            };
            errors.push(
                &subject,
                format!("a {word} is for one {one}"),
                format!("remove this one, and write another {word} for it"),
            );
            return;
        }
        if !self.given.is_empty() {
            let text = written(&subject);
            errors.push(
                &subject,
                format!("`{text}` has to stand first"),
                format!("write `#[{attribute}({text}, …)]`"),
            );
        }
        let text = written(&subject);
        match &subject {
            Subject::Event(Type::Reference(reference)) => self.fail(|| {
                let help = format!("write `#[{attribute}({})]`", written(&reference.elem));
                errors.push(&subject, format!("`{text}` is no event type, but a reference to one"), help);
            }),
            Subject::Event(Type::Tuple(_)) => self.fail(|| {
                let help = format!("write a {word} for each event, `#[{attribute}(MyEvent)]`");
                errors.push(&subject, format!("`{text}` is a tuple, but a {word} is for one event"), help);
            }),
            _ => self.subject = Some(subject),
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
                let help = self
                    .nearest(&name)
                    .map_or_else(|| self.expected(), |meant| format!("did you mean `{}`?", meant.name));
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

    /// What to write for a key.
    fn example(&self, name: &'static str) -> &'static str {
        self.keys.iter().find(|key| key.name == name).map_or(name, |key| key.example)
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

    /// A key with a value; `read` gives `None` where the value is of the wrong kind, and `mend` a line of help, if it can tell
    /// what was meant.
    fn value<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Expr) -> Option<T>,
        mend: impl FnOnce(&Expr) -> Option<String>,
    ) -> Option<T> {
        let given = self.take(name)?;
        let (value, meant) = match &given.value {
            Some(Value::Is(value)) => (read(value), mend(value)),
            Some(Value::List(_)) | None => (None, None),
        };
        if value.is_none() {
            let at = match &given.value {
                Some(value) => value.to_token_stream(),
                None => given.key.to_token_stream(),
            };
            let help = meant.unwrap_or_else(|| format!("write `{}`", self.example(name)));
            let what = match &given.value {
                Some(Value::Is(value)) if is_constant(value) => {
                    format!("`{name}` takes {kind}, but a macro can't see what `{}` is", written(value))
                }
                _ => format!("`{name}` takes {kind}"),
            };
            errors.push(at, what, help);
        }
        value
    }

    pub(crate) fn string(&mut self, name: &'static str, errors: &mut Errors) -> Option<LitStr> {
        let word = |value: &Expr| as_path(value).filter(|_| !is_constant(value)).map(|path| written(&path));
        let mend = |value: &Expr| word(value).map(|word| format!("write `{name} = {word:?}`"));
        self.value(name, "a string", errors, as_string, mend)
    }

    /// A key with an integer; `kind` names its range.
    pub(crate) fn integer<N: TryFrom<i128> + ToString>(
        &mut self,
        name: &'static str,
        kind: &str,
        errors: &mut Errors,
        fits: impl FnOnce(&N) -> bool,
    ) -> Option<N> {
        let read = |value: &Expr| N::try_from(as_integer(value)?).ok();
        let mend = |value: &Expr| {
            let number = read(&as_string(value)?.parse().ok()?)?;
            Some(format!("write `{name} = {}`", number.to_string()))
        };
        self.value(name, kind, errors, |value| read(value).filter(fits), mend)
    }

    /// A key that may be left out, with an integer from 1 on.
    pub(crate) fn count<N: TryFrom<i128> + ToString>(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Option<N> {
        let read = |value: &Expr| N::try_from(as_integer(value).filter(|number| *number > 0)?).ok();
        let mend = |value: &Expr| {
            if as_integer(value).is_some_and(|number| number < 1) {
                return Some(format!("write `{name} = 1`, or leave it out"));
            }
            let number = read(&as_string(value)?.parse().ok()?)?;
            Some(format!("write `{name} = {}`", number.to_string()))
        };
        self.value(name, "an integer from 1 on", errors, read, mend)
    }

    pub(crate) fn path(&mut self, name: &'static str, errors: &mut Errors) -> Option<Path> {
        let mend = |value: &Expr| {
            let path: Path = as_string(value)?.parse().ok()?;
            Some(format!("write `{name} = {}`", written(&path)))
        };
        self.value(name, "a path", errors, as_path, mend)
    }

    pub(crate) fn ident(&mut self, name: &'static str, errors: &mut Errors) -> Option<Ident> {
        let mend = |value: &Expr| {
            let word: Ident = as_string(value)?.parse().ok()?;
            Some(format!("write `{name} = {word}`"))
        };
        self.value(name, "a name", errors, |value| as_path(value)?.get_ident().cloned(), mend)
    }

    /// A key whose value is any expression.
    pub(crate) fn expression(&mut self, name: &'static str, errors: &mut Errors) -> Option<Expr> {
        self.value(name, "a value", errors, |value| Some(value.clone()), |_| None)
    }

    /// A key with types in parentheses: the key, and the types that could be read.
    pub(crate) fn types(&mut self, name: &'static str, errors: &mut Errors) -> Option<(Ident, Vec<Type>)> {
        let Given { key, value } = self.take(name)?;
        let what = format!("`{name}` takes types in parentheses");
        match value {
            Some(Value::List(list)) => Some((key, types(list.stream(), errors))),
            Some(Value::Is(value)) => {
                let inside = match value.to_token_stream().into_iter().next() {
                    Some(TokenTree::Group(group)) => group.stream(),
                    _ => value.to_token_stream(),
                };
                errors.push(value, what, format!("write `{name}({})`", written(&inside)));
                None
            }
            None => {
                errors.push(&key, what, format!("write `{}`", self.example(name)));
                None
            }
        }
    }

    /// `crate = …`.
    pub(crate) fn root(&mut self, errors: &mut Errors) -> Root {
        Root::new(self.path("crate", errors))
    }
}

/// What stands first, as a type or as a key; or the tokens, if it is neither.
fn subject(tokens: TokenStream) -> Result<Subject, TokenStream> {
    match syn::parse2(tokens.clone()) {
        Ok(Type::Infer(_)) | Err(_) => match syn::parse2(tokens.clone()) {
            Ok(value) if looks_like_a_key(&value) => Ok(Subject::Key(value)),
            _ => Err(tokens),
        },
        Ok(ty) => Ok(Subject::Event(ty)),
    }
}

/// Whether an annotation names no event.
fn names_nothing(first: Option<First>) -> bool {
    first.is_none_or(|first| first.subject == For::Every)
}

fn starts_upper(word: &Ident) -> bool {
    word.unraw().to_string().starts_with(char::is_uppercase)
}

/// Reports what was written for an item that sees every event.
fn of_every_event(subject: &Subject, word: &str, errors: &mut Errors) {
    let (text, help) = match subject {
        Subject::Event(ty) => {
            let inner = if let Type::Reference(TypeReference { elem, .. }) = ty { &**elem } else { ty };
            let event = written(inner);
            let help = if is_record(&event) {
                format!("remove it: `#[{word}]`")
            } else {
                format!("remove it, and look with `event.payload::<{event}>()`")
            };
            (written(ty), help)
        }
        Subject::Key(key) => (written(key), "remove it, and look at `event.event_type()`".to_owned()),
    };
    let what = if is_record(&text) {
        format!("a {word} is for every event, and names none")
    } else {
        format!("a {word} is for every event, not for `{text}`")
    };
    errors.push(subject, what, help);
}

/// Reports what stands behind an argument.
fn no_comma(junk: &TokenStream, errors: &mut Errors) {
    let text = written(junk);
    let help = match junk.clone().into_iter().next() {
        Some(TokenTree::Ident(_)) => format!("write `, {text}`"),
        _ => format!("remove `{text}`, or separate the arguments with commas"),
    };
    errors.push(junk, format!("expected `,` before `{text}`"), help);
}

/// A closure that has no body, and the name of its parameter: `limits` of `|limits: &Limits|`.
fn bare_closure(tokens: &TokenStream) -> Option<(String, String)> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match &*tokens {
        [TokenTree::Punct(open), inside @ .., TokenTree::Punct(close)] => {
            let Some(TokenTree::Ident(parameter)) = inside.first() else { return None };
            let is_closure = open.as_char() == '|' && close.as_char() == '|' && parameter != "_";
            let inside = written(&inside.iter().cloned().collect::<TokenStream>()).replace(" :", ":");
            is_closure.then(|| (format!("|{inside}|"), parameter.to_string()))
        }
        _ => None,
    }
}

/// Types with commas between them.
fn types(tokens: TokenStream, errors: &mut Errors) -> Vec<Type> {
    let mut found = Vec::new();
    let parsed = Parser::parse2(
        |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Some(comma) = input.parse::<Option<Token![,]>>()? {
                    errors.push(comma, "expected a type before `,`", "remove it");
                    continue;
                }
                let ahead = input.fork();
                if ahead.parse::<Type>().is_ok() && ends(&ahead) {
                    found.push(input.parse()?);
                } else {
                    let junk = rest(input);
                    let help = "name the types, with a comma between them";
                    errors.push(&junk, format!("`{}` is no type", written(&junk)), help);
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        },
        tokens,
    );
    if let Err(error) = parsed {
        errors.parser(error);
    }
    found
}

/// Whether a value is written as constants are, in capitals: what it is worth is known only after macros have run.
pub(crate) fn is_constant(value: &Expr) -> bool {
    let name =
        as_path(value).and_then(|path| path.segments.last().map(|last| last.ident.unraw().to_string()));
    name.is_some_and(|name| name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase))
}

fn as_string(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        Expr::Group(group) => as_string(&group.expr),
        _ => None,
    }
}

/// The integer that a literal is, with or without a sign.
pub(crate) fn as_integer(value: &Expr) -> Option<i128> {
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
