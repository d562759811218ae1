//! Annotated functions: parsed as far as the signature, while the body stays tokens, so that half-typed code still
//! expands. Their parameters are known by shape.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{
    Attribute, FnArg, GenericArgument, Index, PathArguments, ReturnType, Signature, Token, Type, TypePath,
    TypeReference, Visibility,
};

use crate::diagnostics::Errors;

/// Quotes code whose local variables no name of the user's can meet.
macro_rules! here {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}
pub(crate) use here;

/// A function, its body unread.
#[derive(Clone)]
pub(crate) struct Function {
    /// The lints that ask for another signature than the annotation does.
    allowed: Vec<&'static str>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    default: Option<Token![default]>,
    pub(crate) signature: Signature,
    body: TokenStream,
    /// It cannot be compiled as it is, and the compiler would say more of it than we do, so it keeps only what can be called.
    callable_only: bool,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let default = input.parse()?;
        let signature: Signature = input.parse()?;
        let body;
        let brace = syn::braced!(body in input);
        let inner: TokenStream = body.parse()?;
        let mut tokens = TokenStream::new();
        brace.surround(&mut tokens, |into| inner.to_tokens(into));
        let callable_only =
            signature.variadic.is_some() || typed_inputs(&signature).any(|ty| misdeclared(ty).is_some());
        Ok(Self {
            allowed: Vec::new(),
            attributes,
            visibility,
            default,
            signature,
            body: tokens,
            callable_only,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if self.callable_only {
            quote!(#[cfg(any())]).to_tokens(tokens);
        }
        if !self.allowed.is_empty() {
            let lints = self.allowed.iter().map(|lint| format_ident!("{lint}"));
            quote!(#[allow(#(clippy::#lints),*)]).to_tokens(tokens);
        }
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.default.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
        if self.callable_only {
            let mut signature = self.signature.clone();
            if signature.variadic.take().is_some() {
                signature.abi = None;
                signature.inputs.pop_punct();
            }
            for input in &mut signature.inputs {
                if let FnArg::Typed(typed) = input
                    && misdeclared(&typed.ty).is_some()
                {
                    *typed.ty = syn::parse_quote!(());
                }
            }
            let visibility = &self.visibility;
            quote!(#[allow(unused, clippy::all)] #visibility #signature { loop {} }).to_tokens(tokens);
        }
    }
}

impl Function {
    /// Parses a function. What is none comes back as it was, with one error.
    pub(crate) fn read(item: &TokenStream, word: &str) -> Result<Self, TokenStream> {
        <Self as Parse>::parse.parse2(item.clone()).map_err(|error| {
            let mut errors = Errors::default();
            let bodiless = item.clone().into_iter().last().is_some_and(|token| token.to_string() == ";");
            if has_word(item, "fn") && bodiless {
                // Of a function, the compiler says so itself; of a method of a trait, it is none.
                if has_receiver(item) {
                    let what = format!("`#[{word}]` is for functions with a body");
                    let help = match word {
                        "handler" | "filter" => "move it to a `#[handlers] impl MyType { … }`",
                        _ => "move it out of the trait, and give it a body",
                    };
                    errors.push_at(item_span(item), what, help);
                }
            } else if has_word(item, "fn") {
                errors.parser(error);
            } else {
                let help = "annotate a `fn` or an `async fn`";
                errors.push_at(item_span(item), format!("`#[{word}]` is for functions"), help);
            }
            let errors = errors.into_tokens();
            quote!(#item #errors)
        })
    }

    /// Marks a function whose parameters and return type the annotation dictates.
    pub(crate) fn annotate(&mut self) {
        let signature = &self.signature;
        let by_value = |ty| {
            matches!(Parameter::of(ty), Some(Parameter::Meta | Parameter::Emitter(_) | Parameter::Shared(_)))
        };
        let borrowed = |ty| matches!(Parameter::of(ty), Some(Parameter::State(_)));
        let public = matches!(self.visibility, Visibility::Public(_));
        let lints = [
            ("must_use_candidate", public && matches!(signature.output, ReturnType::Type(..))),
            ("needless_pass_by_value", typed_inputs(signature).any(by_value)),
            ("trivially_copy_pass_by_ref", !public && typed_inputs(signature).any(borrowed)),
        ];
        self.allowed = lints.into_iter().filter(|(_, asks)| *asks).map(|(lint, _)| lint).collect();
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The function as it reads outside of the `impl` block of a type, where there is no `Self`.
    pub(crate) fn outside(&self, this: &Type) -> Self {
        let signature = replaced(self.signature.to_token_stream(), "Self", &this.to_token_stream());
        let signature = syn::parse2(signature).unwrap_or_else(|_| self.signature.clone());
        Self { signature, ..self.clone() }
    }

    /// The name as text, without `r#`.
    pub(crate) fn text(&self) -> String {
        self.name().unraw().to_string()
    }

    /// The block behind the signature.
    pub(crate) fn body(&self) -> &TokenStream {
        &self.body
    }

    /// `.await`, if the function is `async`.
    pub(crate) fn dot_await(&self) -> TokenStream {
        if self.is_async() { quote!(.await) } else { TokenStream::new() }
    }

    /// The type that is returned; `()` if none is written.
    pub(crate) fn output(&self) -> Type {
        match &self.signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        }
    }

    /// Whether items can stand beside it: it is no method, and its name is not declared by another annotation.
    pub(crate) fn stands_alone(&self) -> bool {
        self.signature.receiver().is_none()
            && !self.attributes.iter().any(|other| annotation(other).is_some())
    }
}

/// The word of an attribute that annotates functions: `handler` for `#[nexus::handler(…)]`.
pub(crate) fn annotation(attribute: &Attribute) -> Option<&'static str> {
    const WORDS: [&str; 5] = ["handler", "filter", "converter", "producer", "timer"];
    let word = attribute.path().segments.last()?.ident.unraw();
    WORDS.into_iter().find(|known| word == known)
}

/// Whether a word stands in the tokens themselves, outside of all brackets.
pub(crate) fn has_word(tokens: &impl ToTokens, word: &str) -> bool {
    tokens
        .to_token_stream()
        .into_iter()
        .any(|token| matches!(&token, TokenTree::Ident(found) if found == word))
}

/// Tokens with others in the place of a word.
pub(crate) fn replaced(tokens: TokenStream, old: &str, new: &TokenStream) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == old => {
            let here = new.clone().into_iter().map(|mut token| {
                token.set_span(word.span());
                token
            });
            here.collect()
        }
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), self::replaced(group.stream(), old, new));
            inside.set_span(group.span());
            TokenStream::from(TokenTree::from(inside))
        }
        token => token.into(),
    });
    replaced.collect()
}

/// Whether `self` stands in the parameters of what begins like a function.
fn has_receiver(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => has_word(&group.stream(), "self"),
        _ => false,
    })
}

/// Where a function's name stands, for code whose local variables no name of the user's can meet.
pub(crate) fn name_span(function: &Function) -> Span {
    function.name().span().resolved_at(Span::mixed_site())
}

/// Where an item begins.
pub(crate) fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// Where an item begins, behind its attributes.
pub(crate) fn item_span(item: &TokenStream) -> Span {
    let mut tokens = item.clone().into_iter().peekable();
    while tokens
        .peek()
        .is_some_and(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '#'))
    {
        tokens.next();
        tokens.next();
    }
    tokens.peek().map_or_else(|| first_span(item), TokenTree::span)
}

/// Where a type begins and ends, for code that shall seem to stand in its place.
pub(crate) fn ends(at: &impl ToTokens) -> (Span, Span) {
    let tokens = at.to_token_stream();
    let last = tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    (first_span(&tokens), last)
}

/// A type as if it stood in another place.
pub(crate) fn respan(ty: Type, at: &impl ToTokens) -> Type {
    let (start, end) = ends(at);
    syn::parse2(moved(ty.to_token_stream(), start, end)).unwrap_or(ty)
}

/// Tokens as if they began and ended in another place.
pub(crate) fn moved(tokens: TokenStream, start: Span, end: Span) -> TokenStream {
    let tokens = tokens.into_iter().enumerate().map(|(nth, mut token)| {
        let span = if nth == 0 { start } else { end };
        token.set_span(span.resolved_at(token.span()));
        token
    });
    tokens.collect()
}

/// What a parameter asks for, known by its shape.
pub(crate) enum Parameter {
    /// `&mut Queue<S>`
    Queue(Type),
    /// `&T`
    State(Type),
    /// `Arc<T>`
    Shared(Type),
    /// `Meta`
    Meta,
    /// `Emitter<S>`
    Emitter(Type),
}

impl Parameter {
    /// Reads a parameter's type; `None` if its shape is not known.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Reference(TypeReference { mutability: Some(_), elem, .. }) => {
                last_segment(elem)?.eq("Queue").then(|| Self::Queue(argument(elem)))
            }
            Type::Reference(TypeReference { elem, .. }) => Some(Self::State((**elem).clone())),
            Type::Paren(inner) => Self::of(&inner.elem),
            Type::Group(inner) => Self::of(&inner.elem),
            Type::Path(_) => match last_segment(ty)?.to_string().as_str() {
                "Meta" => Some(Self::Meta),
                "Emitter" => Some(Self::Emitter(argument(ty))),
                "Arc" => Some(Self::Shared(argument(ty))),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The last name of a path: `Queue` of `nexus::Queue<Alarm>`.
pub(crate) fn last_segment(ty: &Type) -> Option<Ident> {
    match ty {
        Type::Path(TypePath { path, .. }) => path.segments.last().map(|segment| segment.ident.unraw()),
        Type::Paren(inner) => last_segment(&inner.elem),
        Type::Group(inner) => last_segment(&inner.elem),
        _ => None,
    }
}

/// The first type argument of a path; `()` if there is none.
fn argument(ty: &Type) -> Type {
    first_argument(ty).cloned().unwrap_or_else(|| syn::parse_quote!(()))
}

/// The first type argument of a path: `Alarm` of `nexus::Queue<Alarm>`.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { path, .. }) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The error of a `Result` that names it.
fn error_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { path, .. }) = ty else { return None };
    let last = path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.nth(1)
}

/// What a function returns, as it is given on: its type, and what the variable becomes that has it. A `Result` gets its error boxed,
/// if what it holds is right, so that an error about the error points there.
pub(crate) fn with_boxed_error(
    output: &Type,
    variable: TokenStream,
    is_right: impl FnOnce(&Type) -> bool,
) -> (Type, TokenStream) {
    match (first_argument(output), error_argument(output)) {
        (Some(held), Some(error)) if is_right(held) => {
            let ty = syn::parse_quote!(__nexus::std::Result<#held, __nexus::BoxError>);
            (ty, boxed(&variable, error))
        }
        _ => (output.clone(), variable),
    }
}

/// A variable whose error gets boxed.
fn boxed(variable: &TokenStream, error: &Type) -> TokenStream {
    let (start, end) = ends(error);
    let (start, end) = (start.resolved_at(Span::mixed_site()), end.resolved_at(Span::mixed_site()));
    let variable = moved(variable.clone(), start, end);
    let (function, call) = (quote_spanned!(start=> __nexus::boxed), quote_spanned!(end=> (#variable)));
    quote!(#function #call)
}

/// The events that a function returns, and what holds them: `Option`, `Vec` and `Result`.
pub(crate) struct Returned<'a> {
    pub(crate) events: &'a Type,
    /// From the outermost on, with the error, if it is a `Result` that names one.
    holders: Vec<Option<&'a Type>>,
}

impl<'a> Returned<'a> {
    pub(crate) fn of(output: &'a Type) -> Self {
        let (mut events, mut holders) = (output, Vec::new());
        while let Some(name) = last_segment(events)
            && ["Option", "Vec", "Result"].iter().any(|holder| name == holder)
            && let Some(held) = first_argument(events)
        {
            holders.push(error_argument(events));
            events = held;
        }
        Self { events, holders }
    }

    /// Gives what the variable `outcome` holds to `to`. What is asked of a type is asked at it.
    pub(crate) fn give(&self, to: &TokenStream) -> TokenStream {
        let Self { events, holders } = self;
        let give = here!(<#events as __nexus::Outcome>::give(outcome, #to));
        holders.iter().rev().fold(give, |give, error| {
            let outcome = here!(outcome);
            let outcome = error.map_or_else(|| outcome.clone(), |error| boxed(&outcome, error));
            let (start, end) = ends(events);
            let (start, end) = (start.resolved_at(Span::mixed_site()), end.resolved_at(Span::mixed_site()));
            let holds = quote_spanned!(start=> __nexus::Holds);
            quote_spanned!(end=> #holds::each(#outcome, |outcome| #give))
        })
    }
}

/// What is wrong with a queue or an emitter that does not say in one type of which events it is, and how it has to be written.
fn misdeclared(ty: &Type) -> Option<(&'static str, String)> {
    let inner = match ty {
        Type::Reference(reference) => &reference.elem,
        ty => ty,
    };
    let Type::Path(TypePath { path, .. }) = inner else { return None };
    let last = path.segments.last()?;
    let whole = |events: &str| match &*last.ident.to_string() {
        "Queue" => Some(format!("&mut Queue<{events}>")),
        "Emitter" => Some(format!("Emitter<{events}>")),
        _ => None,
    };
    match &last.arguments {
        PathArguments::None => {
            Some(("does not say which events", format!("add the events: `{}`", whole("MyEvent")?)))
        }
        PathArguments::AngleBracketed(arguments) if arguments.args.len() > 1 => {
            let events: Vec<String> = arguments.args.iter().map(written).collect();
            let whole = whole(&format!("({})", events.join(", ")))?;
            Some(("does not say in one tuple which events", format!("write `{whole}`")))
        }
        PathArguments::AngleBracketed(_) | PathArguments::Parenthesized(_) => None,
    }
}

/// The parameters of a function without its receiver.
pub(crate) fn typed_inputs(signature: &Signature) -> impl Iterator<Item = &Type> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

/// What the parameters become in the glue.
#[derive(Default)]
pub(crate) struct Glue {
    /// Made before the call: `let mut queue = context.queue::<Alarm>();`.
    pub(crate) before: Vec<TokenStream>,
    /// The arguments of the call.
    pub(crate) arguments: Vec<TokenStream>,
    /// The sets of events that may be emitted.
    pub(crate) emits: Vec<Type>,
    /// The types of state, in the order of their places.
    states: Vec<Type>,
    has_queue: bool,
    /// It asks for the `Meta` of its event.
    pub(crate) has_meta: bool,
}

/// Whose parameters they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// A filter's or handler's, called by the dispatcher.
    Consumer,
    /// A source's, called by its own task.
    Source,
}

impl Side {
    /// The variable that holds the context.
    ///
    /// A source's has the hygiene of the user's code, since it is used where the user's types stand: hence the
    /// underscores.
    pub(crate) fn context(self) -> TokenStream {
        match self {
            Self::Consumer => here!(context),
            Self::Source => quote!(__context),
        }
    }
}

impl Glue {
    /// Reads one parameter of `whose`: handler `watch`.
    pub(crate) fn add(&mut self, ty: &Type, side: Side, whose: &str, errors: &mut Errors) {
        if let Some((mistake, help)) = misdeclared(ty) {
            return errors.push(ty, format!("`{}` {mistake} {whose} may emit", written(ty)), help);
        }
        let place = Index::from(self.states.len());
        let context = side.context();
        match (Parameter::of(ty), side) {
            (Some(Parameter::Queue(set)), Side::Source) => {
                let help = if whose.starts_with("producer") {
                    format!("write `Emitter<{}>`", written(&set))
                } else {
                    "remove this parameter: what it returns is emitted".to_owned()
                };
                errors.push(
                    ty,
                    format!("{whose} takes a queue, but only filters and handlers have one"),
                    help,
                );
            }
            (Some(Parameter::Meta), Side::Source) => {
                let what = format!("{whose} takes a `Meta`, but has no event in hand");
                errors.push(ty, what, "remove this parameter");
            }
            (Some(Parameter::Queue(_)), Side::Consumer) if self.has_queue => {
                let what = format!("`{}` is a second queue", written(ty));
                errors.push(ty, what, "name all events in one: `&mut Queue<(A, B)>`");
            }
            (Some(Parameter::Queue(set)), Side::Consumer) => {
                self.has_queue = true;
                self.before.push(here!(let mut queue = #context.queue::<#set>();));
                self.arguments.push(here!(&mut queue));
                self.emits(&set);
            }
            (Some(Parameter::Meta), Side::Consumer) => {
                self.has_meta = true;
                self.arguments.push(here!(#context.meta()));
            }
            (Some(Parameter::Emitter(set)), _) => {
                self.arguments.push(here!(#context.emitter::<#set>()));
                match side {
                    // There, the call asks it of the whole set too.
                    Side::Consumer => self.emits.push(set),
                    Side::Source => self.emits(&set),
                }
            }
            (Some(Parameter::State(state)), side) => {
                if let Some((what, help)) = no_state(ty, &state) {
                    return errors.push(ty, what, help);
                }
                if side == Side::Consumer {
                    self.arguments.push(here!(#context.state::<#state>(#place)));
                } else {
                    let name = format_ident!("state_{}", place.index, span = Span::mixed_site());
                    self.before.push(here!(let #name = #context.state::<#state>(#place);));
                    self.arguments.push(here!(&*#name));
                }
                self.states.push(state);
            }
            (Some(Parameter::Shared(state)), side) => {
                if let Some((what, help)) = unsized_state(&state) {
                    return errors.push(ty, what, help);
                }
                self.arguments.push(match side {
                    Side::Consumer => here!(#context.shared::<#state>(#place)),
                    Side::Source => here!(#context.state::<#state>(#place)),
                });
                self.states.push(state);
            }
            (None, _) => unknown_shape(ty, errors),
        }
    }

    /// Notes what may be emitted: of a tuple each type, so that an error about one points there.
    fn emits(&mut self, set: &Type) {
        match set {
            // Longer ones are none that the compiler knows.
            Type::Tuple(tuple) if (1..=12).contains(&tuple.elems.len()) => {
                tuple.elems.iter().for_each(|one| self.emits(one));
            }
            set => self.emits.push(set.clone()),
        }
    }

    /// The state that is needed, as functions that a constant can hold.
    pub(crate) fn needs(&self) -> TokenStream {
        let states = &self.states;
        quote!(#(__nexus::Need::of::<#states>),*)
    }
}

/// Why `&T` can't be state.
fn no_state(ty: &Type, state: &Type) -> Option<(String, String)> {
    let name = last_segment(state).map(|name| name.to_string());
    let written = written(state);
    match name.as_deref() {
        Some("Queue") => {
            return Some((format!("`&{written}` can't be written to"), format!("write `&mut {written}`")));
        }
        Some("Meta" | "Emitter") => return Some(taken_by_value(ty, state)),
        _ => {}
    }
    if let Type::Reference(TypeReference { lifetime: Some(lifetime), .. }) = ty
        && lifetime.ident == "static"
    {
        let what = format!("`&'static {written}` outlives the call that it is borrowed for");
        return Some((what, format!("write `&{written}`, or `Arc<{written}>` to keep it")));
    }
    unsized_state(state)
}

/// Why a parameter that is borrowed has to be taken by value.
fn taken_by_value(ty: &Type, inner: &Type) -> (String, String) {
    let (text, inner) = (written(ty), written(inner));
    (format!("`{text}` is borrowed, but `{inner}` is taken by value"), format!("write `{inner}`"))
}

/// Why a type can't be state: it has no size, so no value of it can be given.
fn unsized_state(state: &Type) -> Option<(String, String)> {
    let text = written(state);
    match state {
        Type::TraitObject(object) => {
            // State is shared among threads.
            let missing = ["Send", "Sync"].into_iter().filter(|auto| !has_word(&object.bounds, auto));
            let object: String = std::iter::once(&*text).chain(missing).collect::<Vec<_>>().join(" + ");
            Some((
                format!("state has to be sized, but `{text}` is a trait object"),
                format!("write `&Arc<{object}>`, and give `.state(Arc::new(…) as Arc<{object}>)`"),
            ))
        }
        Type::Slice(slice) => Some((
            format!("state has to be sized, but `{text}` is a slice"),
            format!("write `&Vec<{}>`, or a type of its own", written(&slice.elem)),
        )),
        Type::Path(path) if path.path.is_ident("str") => Some((
            "state has to be sized, but `str` is not".to_owned(),
            "give it a type of its own: `struct Greeting(String);` and `&Greeting`".to_owned(),
        )),
        Type::Paren(inner) => unsized_state(&inner.elem),
        Type::Group(inner) => unsized_state(&inner.elem),
        _ => None,
    }
}

fn unknown_shape(ty: &Type, errors: &mut Errors) {
    if let Type::Reference(TypeReference { mutability: Some(_), elem, .. }) = ty {
        let state = written(elem);
        let (what, help) = match last_segment(elem).map(|name| name.to_string()).as_deref() {
            Some("Meta" | "Emitter") => taken_by_value(ty, elem),
            _ => (
                format!("`&mut {state}` borrows state mutably, but state is shared"),
                format!(
                    "write `&{state}` with a lock inside, or make it the `self` of a `#[handlers]` block"
                ),
            ),
        };
        return errors.push(ty, what, help);
    }
    let text = written(ty);
    if last_segment(ty).is_some_and(|name| name == "Queue") {
        let what = format!("`{text}` is taken by value, but a queue is borrowed");
        return errors.push(ty, what, format!("write `&mut {text}`"));
    }
    let help = match (first_argument(ty), last_segment(ty)) {
        (Some(inner), Some(option)) if option == "Option" => never_missing(inner),
        _ if is_anybodys(ty) => own_type(ty),
        _ => format!("state is `&{text}` or `Arc<{text}>`; else: `&mut Queue<…>`, `Meta`, `Emitter<…>`"),
    };
    errors.push(ty, format!("`{text}` is a parameter of no known shape"), help);
}

/// How a parameter is written that stands in an `Option`.
fn never_missing(inner: &Type) -> String {
    let text = written(inner);
    match Parameter::of(inner) {
        Some(Parameter::State(state)) if unsized_state(&state).is_some() => {
            let (_, help) = unsized_state(&state).unwrap_or_default();
            format!("state is never missing: {help}")
        }
        Some(Parameter::State(_) | Parameter::Shared(_)) => format!("state is never missing: write `{text}`"),
        Some(_) => format!("it is never missing: write `{text}`"),
        None if is_anybodys(inner) => format!("state is never missing: {}", own_type(inner)),
        None => format!("state is never missing: write `&{text}`"),
    }
}

/// Whether many things may be of this type, so that it makes poor state: there is one value of each type.
fn is_anybodys(ty: &Type) -> bool {
    match ty {
        Type::Tuple(_) | Type::Array(_) => true,
        Type::Path(_) => last_segment(ty).is_some_and(|name| {
            let name = name.to_string();
            name.starts_with(char::is_lowercase) || ["Duration", "String", "Vec"].contains(&&*name)
        }),
        _ => false,
    }
}

/// The help for state that has no type of its own.
fn own_type(ty: &Type) -> String {
    let text = written(ty);
    let fields = if matches!(ty, Type::Tuple(_)) { text } else { format!("({text})") };
    format!("give it a type of its own: `struct Limit{fields};` and `&Limit`")
}

/// A type as one writes it, for a message.
pub(crate) fn written(ty: &impl ToTokens) -> String {
    let text = ty.to_token_stream().to_string();
    let tight = [
        " < ", " <", "< ", " >", " ,", " :: ", ":: ", " ::", "& ", "( ", " )", "[ ", " ]", " ..", "..= ",
        ".. ", "- ",
    ];
    let close = ["<", "<", "<", ">", ",", "::", "::", "::", "&", "(", ")", "[", "]", "..", "..=", "..", "-"];
    tight.iter().zip(close).fold(text, |text, (wide, close)| text.replace(wide, close))
}
