//! Annotated functions: parsed as far as the signature; the body stays tokens, so that half-typed code still expands.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{
    Attribute, FnArg, GenericArgument, PathArguments, ReturnType, Signature, Token, Type, TypePath, TypeReference,
    Visibility,
};

use crate::diagnostics::Errors;

/// Quotes code whose local variables no name of the user's can meet.
macro_rules! here {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}
pub(crate) use here;

/// A function, its body unread.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if input.peek(Token![default]) {
            input.parse::<Token![default]>()?;
        }
        let signature = input.parse()?;
        let body;
        let brace = syn::braced!(body in input);
        let inner: TokenStream = body.parse()?;
        let mut tokens = TokenStream::new();
        brace.surround(&mut tokens, |into| inner.to_tokens(into));
        Ok(Self { attributes, visibility, signature, body: tokens })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Function {
    /// Parses a function. What is none comes back as it was, with one error.
    pub(crate) fn read(item: TokenStream, word: &str) -> Result<Self, TokenStream> {
        <Self as Parse>::parse.parse2(item.clone()).map_err(|error| {
            let mut errors = Errors::default();
            let is_function = item.clone().into_iter().any(|token| token.to_string() == "fn");
            if is_function {
                errors.parser(error);
            } else {
                errors.push(first_token(&item), format!("`#[{word}]` is for functions"), "annotate a `fn` or an `async fn`");
            }
            let errors = errors.into_tokens();
            quote!(#item #errors)
        })
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
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

    /// `#[cfg]` and lint attributes, which the generated items share.
    pub(crate) fn shared_attributes(&self) -> Vec<&Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
    }
}

fn first_token(tokens: &TokenStream) -> TokenStream {
    tokens.clone().into_iter().next().map_or_else(TokenStream::new, |token| token.to_token_stream())
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
    pub(crate) states: Vec<Type>,
    has_queue: bool,
    pub(crate) has_emitter: bool,
}

/// Whose parameters they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// A filter's or handler's, called by the dispatcher.
    Consumer,
    /// A source's, called by its own task.
    Source,
}

impl Glue {
    /// Reads one parameter.
    pub(crate) fn add(&mut self, ty: &Type, side: Side, errors: &mut Errors) {
        let place = self.states.len();
        match (Parameter::of(ty), side) {
            (Some(Parameter::Queue(_)), Side::Source) => errors.push(
                ty,
                "only filters and handlers have a queue",
                "a producer takes an `Emitter<…>`; a converter or timer returns its events",
            ),
            (Some(Parameter::Meta), Side::Source) => {
                errors.push(ty, "only filters and handlers have an event in hand", "remove this parameter");
            }
            (Some(Parameter::Queue(_)), _) if self.has_queue => {
                errors.push(ty, "two queues", "name all events in one: `&mut Queue<(A, B)>`");
            }
            (Some(Parameter::Queue(set)), _) => {
                self.has_queue = true;
                self.before.push(here!(let mut queue = context.queue::<#set>();));
                self.arguments.push(here!(&mut queue));
                self.emits.push(set);
            }
            (Some(Parameter::Meta), _) => self.arguments.push(here!(context.meta())),
            (Some(Parameter::Emitter(set)), _) => {
                self.has_emitter = true;
                self.arguments.push(here!(context.emitter::<#set>()));
                self.emits.push(set);
            }
            (Some(Parameter::State(state)), Side::Consumer) => {
                if let Some((what, help)) = wrong_reference(&state) {
                    return errors.push(ty, what, help);
                }
                self.arguments.push(here!(context.state::<#state>(#place)));
                self.states.push(state);
            }
            (Some(Parameter::State(state)), Side::Source) => {
                if let Some((what, help)) = wrong_reference(&state) {
                    return errors.push(ty, what, help);
                }
                let name = format_ident!("state_{place}", span = Span::mixed_site());
                self.before.push(here!(let #name = context.state::<#state>(#place);));
                self.arguments.push(here!(&*#name));
                self.states.push(state);
            }
            (Some(Parameter::Shared(state)), Side::Consumer) => {
                self.arguments.push(here!(context.shared::<#state>(#place)));
                self.states.push(state);
            }
            (Some(Parameter::Shared(state)), Side::Source) => {
                self.arguments.push(here!(context.state::<#state>(#place)));
                self.states.push(state);
            }
            (None, _) => unknown_shape(ty, errors),
        }
    }

    /// `const` functions of the state that is needed.
    pub(crate) fn needs(&self) -> TokenStream {
        let states = &self.states;
        quote!(&[#(__nexus::Need::of::<#states>),*])
    }
}

/// A shared reference to what is taken otherwise.
fn wrong_reference(state: &Type) -> Option<(&'static str, &'static str)> {
    match last_segment(state)?.to_string().as_str() {
        "Queue" => Some(("a queue that can't be written to", "write `&mut Queue<…>`")),
        "Meta" => Some(("`Meta` is taken by value", "write `Meta`")),
        "Emitter" => Some(("an emitter is taken by value", "write `Emitter<…>`")),
        _ => None,
    }
}

fn unknown_shape(ty: &Type, errors: &mut Errors) {
    if let Type::Reference(TypeReference { mutability: Some(_), elem, .. }) = ty {
        let state = written(elem);
        return errors.push(
            ty,
            "state is shared, so it can't be borrowed mutably",
            format!("take `&{state}` (with a lock inside), or make it the `self` of a `#[handlers]` block"),
        );
    }
    let (what, written) = (format!("`{}` is a parameter of no known shape", written(ty)), written(ty));
    let help = if last_segment(ty).is_some_and(|name| name == "Queue") {
        format!("write `&mut {written}`")
    } else {
        format!("state is `&{written}` or `Arc<{written}>`; else: `&mut Queue<…>`, `Meta`, `Emitter<…>`")
    };
    errors.push(ty, what, help);
}

/// Reads a type as the code that it stands in has it, for a message.
pub(crate) fn written(ty: &impl ToTokens) -> String {
    let text = ty.to_token_stream().to_string();
    let tight = [" < ", " <", "< ", " >", " ,", " :: ", ":: ", " ::", "& ", "( ", " )"];
    let close = ["<", "<", "<", ">", ",", "::", "::", "::", "&", "(", ")"];
    tight.iter().zip(close).fold(text, |text, (wide, close)| text.replace(wide, close))
}
