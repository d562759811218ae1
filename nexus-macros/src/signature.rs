//! Annotated functions: parsed as far as the signature, while the body stays tokens, so that half-typed code still
//! expands. Their parameters are known by shape.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
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
        Ok(Self { allowed: Vec::new(), attributes, visibility, default, signature, body: tokens })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if self.signature.variadic.is_some() {
            // The compiler has other things to say about it, so it keeps only what can be called.
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
        if self.signature.variadic.is_some() {
            let mut signature = Signature { variadic: None, abi: None, ..self.signature.clone() };
            signature.inputs.pop_punct();
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
                    errors.push_at(first_span(item), what, "annotate a `fn` or an `async fn`");
                }
            } else if has_word(item, "fn") {
                errors.parser(error);
            } else {
                let help = "annotate a `fn` or an `async fn`";
                errors.push_at(first_span(item), format!("`#[{word}]` is for functions"), help);
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
        let signature = without_self(self.signature.to_token_stream(), &this.to_token_stream());
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

/// Tokens with a type in the place of `Self`.
fn without_self(tokens: TokenStream, this: &TokenStream) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == "Self" => {
            let here = this.clone().into_iter().map(|mut token| {
                token.set_span(word.span());
                token
            });
            here.collect()
        }
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), without_self(group.stream(), this));
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

/// Where a type begins and ends, for code that shall seem to stand in its place.
pub(crate) fn ends(at: &impl ToTokens) -> (Span, Span) {
    let tokens = at.to_token_stream();
    let last = tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    (first_span(&tokens), last)
}

/// A type as if it stood in another place.
pub(crate) fn respan(ty: Type, at: &impl ToTokens) -> Type {
    let (start, end) = ends(at);
    let tokens = ty.to_token_stream().into_iter().enumerate().map(|(nth, mut token)| {
        let span = if nth == 0 { start } else { end };
        token.set_span(span.resolved_at(token.span()));
        token
    });
    syn::parse2(tokens.collect()).unwrap_or(ty)
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

/// The one type argument of a path; `()` if there is none.
fn argument(ty: &Type) -> Type {
    let Type::Path(TypePath { path, .. }) = ty else { return syn::parse_quote!(()) };
    let arguments = path.segments.last().map(|segment| &segment.arguments);
    if let Some(PathArguments::AngleBracketed(arguments)) = arguments {
        for argument in &arguments.args {
            if let GenericArgument::Type(ty) = argument {
                return ty.clone();
            }
        }
    }
    syn::parse_quote!(())
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
    /// Reads one parameter.
    pub(crate) fn add(&mut self, ty: &Type, side: Side, errors: &mut Errors) {
        let place = Index::from(self.states.len());
        let context = side.context();
        match (Parameter::of(ty), side) {
            (Some(Parameter::Queue(_)), Side::Source) => errors.push(
                ty,
                "only filters and handlers have a queue",
                "a producer takes an `Emitter<…>`; a converter or timer returns its events",
            ),
            (Some(Parameter::Meta), Side::Source) => {
                let help = "remove this parameter";
                errors.push(ty, "only filters and handlers have an event in hand, and so a `Meta`", help);
            }
            (Some(Parameter::Queue(_)), Side::Consumer) if self.has_queue => {
                let what = format!("`{}` is a second queue", written(ty));
                errors.push(ty, what, "name all events in one: `&mut Queue<(A, B)>`");
            }
            (Some(Parameter::Queue(set)), Side::Consumer) => {
                self.has_queue = true;
                self.before.push(here!(let mut queue = #context.queue::<#set>();));
                self.arguments.push(here!(&mut queue));
                self.emits.push(set);
            }
            (Some(Parameter::Meta), Side::Consumer) => {
                self.has_meta = true;
                self.arguments.push(here!(#context.meta()));
            }
            (Some(Parameter::Emitter(set)), _) => {
                self.arguments.push(here!(#context.emitter::<#set>()));
                self.emits.push(set);
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
        Some("Meta" | "Emitter") => {
            let what = format!("`{}` is borrowed, but `{written}` is taken by value", self::written(ty));
            return Some((what, format!("write `{written}`")));
        }
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

/// Why a type can't be state: it has no size, so no value of it can be given.
fn unsized_state(state: &Type) -> Option<(String, String)> {
    let text = written(state);
    match state {
        Type::TraitObject(_) => Some((
            format!("state has to be sized, but `{text}` is a trait object"),
            format!("write `&Box<{text}>` or `&Arc<{text}>`, and give the builder one"),
        )),
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
            Some("Meta" | "Emitter") => (
                format!("`{}` is borrowed, but `{state}` is taken by value", written(ty)),
                format!("write `{state}`"),
            ),
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
    errors.push(
        ty,
        format!("`{text}` is a parameter of no known shape"),
        format!("state is `&{text}` or `Arc<{text}>`; else: `&mut Queue<…>`, `Meta`, `Emitter<…>`"),
    );
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
