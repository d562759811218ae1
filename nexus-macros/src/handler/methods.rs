//! `#[handlers]`: a component, whose methods are handlers and filters.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, FnArg, Generics, ImplItem, Meta, Path, ReceiverKind, Token, Type, Visibility};

use super::function::{Annotation, Consumer, FILTER_METHOD_KEYS, Kind, METHOD_KEYS};
use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::record::{component, nothing, shared, submit};
use crate::signature::{Function, annotation, has_word, item_span};

const KEYS: &[Key] =
    &[key("domain", "domain = Audit"), key("default", "default"), key("crate", "crate = ::nexus")];

/// Expands `#[handlers]`.
pub(crate) fn handlers(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut arguments = Arguments::parse(attribute, None, KEYS, &mut errors);
    let domain = arguments.path("domain", &mut errors);
    let default_word = arguments.place("default");
    let default = default_word.filter(|_| arguments.flag("default", &mut errors));
    let root = arguments.root(&mut errors);
    let mut block = match Block::parse.parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            if has_word(item, "impl") {
                errors.parser(error);
            } else {
                let help = "annotate an `impl` block, or a function with `#[handler(MyEvent)]`";
                errors.push_at(item_span(item), "`#[handlers]` is for `impl` blocks", help);
            }
            let errors = errors.into_tokens();
            // In what is no block, an annotation would add a mistake to each method.
            let item = if has_word(item, "mod") { item.clone() } else { without_annotations(item.clone()) };
            return quote!(#item #errors);
        }
    };
    let declarable = block.check(&mut errors);
    let mut declarations = Declarations { domain, default, any: false, records: Vec::new() };
    for member in &mut block.members {
        if let Member::Function(function) = member {
            declarations.read(function, &block.this, &mut errors);
        }
    }
    if !declarations.any {
        errors.push(
            &block.this,
            "`#[handlers]` on a block without handlers",
            "annotate a method: `#[handler(MyEvent)] async fn on_event(&mut self, event: &MyEvent)`",
        );
    }
    let this = &block.this;
    let declaration = declarable.then(|| {
        let import = root.import();
        let this = quote!(#this);
        let items = if errors.is_empty() { submit(&this, &declarations.records) } else { nothing(&this) };
        let shared = shared(&block.attributes);
        quote! {
            #shared
            const _: () = {
                #import
                #items
            };
        }
    });
    let errors = errors.into_tokens();
    quote!(#block #errors #declaration)
}

/// What the methods declare.
struct Declarations {
    domain: Option<Path>,
    /// Where the word stands.
    default: Option<Span>,
    any: bool,
    records: Vec<TokenStream>,
}

impl Declarations {
    /// Reads a method, and takes its annotation off.
    fn read(&mut self, function: &mut Function, this: &Type, errors: &mut Errors) {
        let Some((word, attribute)) = take_annotation(&mut function.attributes) else { return };
        self.any = true;
        function.annotate();
        let kind = match word {
            "handler" => Kind::Handler,
            "filter" => Kind::Filter,
            _ => {
                return errors.push(
                    attribute.path(),
                    format!("{word} `{}` is a method, but a source is a function", function.name()),
                    "move it out of the `impl` block, and take what it needs as state: `&T`",
                );
            }
        };
        let arguments = match &attribute.meta {
            Meta::List(list) => list.tokens.clone(),
            Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
        };
        let mut found = Errors::default();
        let keys = match kind {
            Kind::Handler => METHOD_KEYS,
            Kind::Filter => FILTER_METHOD_KEYS,
        };
        let mut annotation = Annotation::parse(kind, &attribute, arguments, keys, &mut found);
        annotation.domain.clone_from(&self.domain);
        checks::function(function, word, true, &mut found);
        while take_annotation(&mut function.attributes).is_some() {}
        receiver(kind, function, &mut found);
        let function = function.outside(this);
        let consumer = Consumer::read(kind, &annotation, &function, &mut found);
        if let Some(consumer) = consumer.filter(|_| found.is_empty()) {
            let name = function.name();
            let need = component(&quote!(#this), self.default);
            let shared = shared(&function.attributes);
            let record =
                consumer.record(&annotation, &function, &quote!(<#this>::#name), Some((this, &need)));
            self.records.push(quote!(#shared #record));
        }
        errors.join(found);
    }
}

fn receiver(kind: Kind, function: &Function, errors: &mut Errors) {
    let name = function.name();
    match function.signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {}
        Some(FnArg::Receiver(receiver)) => errors.push(
            receiver,
            format!("{} `{name}` takes its component away", kind.word()),
            "write `&mut self` or `&self`",
        ),
        _ => errors.push(
            name,
            format!("{} `{name}` is no method", kind.word()),
            "let its first parameter be `&mut self`, or move the function out of the block",
        ),
    }
}

/// What begins like a block or a trait, without the annotations in its braces.
fn without_annotations(item: TokenStream) -> TokenStream {
    let braces = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let mut inside = Group::new(Delimiter::Brace, without_attributes(group.stream()));
            inside.set_span(group.span());
            inside.into()
        }
        token => token,
    };
    item.into_iter().map(braces).collect()
}

fn without_attributes(members: TokenStream) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut rest = members.into_iter().peekable();
    while let Some(token) = rest.next() {
        if let (TokenTree::Punct(hash), Some(TokenTree::Group(group))) = (&token, rest.peek())
            && let Ok(attributes) = Attribute::parse_outer.parse2(quote!(#hash #group))
            && attributes.iter().any(|attribute| annotation(attribute).is_some())
        {
            rest.next();
        } else {
            kept.extend([token]);
        }
    }
    kept
}

/// Takes `#[handler(…)]`, or what stands in its place, off a method.
fn take_annotation(attributes: &mut Vec<Attribute>) -> Option<(&'static str, Attribute)> {
    let (place, word) = attributes
        .iter()
        .enumerate()
        .find_map(|(place, attribute)| annotation(attribute).map(|word| (place, word)))?;
    Some((word, attributes.remove(place)))
}

/// An `impl` block whose functions keep their bodies unread.
struct Block {
    attributes: Vec<Attribute>,
    inner_attributes: Vec<Attribute>,
    unsafety: Option<Token![unsafe]>,
    impl_token: Token![impl],
    generics: Generics,
    of_trait: Option<(Path, Token![for])>,
    this: Type,
    brace: syn::token::Brace,
    members: Vec<Member>,
}

enum Member {
    Function(Box<Function>),
    Other(Box<ImplItem>),
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let unsafety = input.parse()?;
        let impl_token = input.parse()?;
        let mut generics: Generics = if input.peek(Token![<]) { input.parse()? } else { Generics::default() };
        let first: Type = input.parse()?;
        let (of_trait, this) = if input.peek(Token![for]) {
            let Type::Path(path) = first else { return Err(input.error("expected a trait before `for`")) };
            (Some((path.path, input.parse()?)), input.parse()?)
        } else {
            (None, first)
        };
        generics.where_clause = input.parse()?;
        let content;
        let brace = syn::braced!(content in input);
        let inner_attributes = content.call(Attribute::parse_inner)?;
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self {
            attributes,
            inner_attributes,
            unsafety,
            impl_token,
            generics,
            of_trait,
            this,
            brace,
            members,
        })
    }
}

impl Block {
    /// Reports what the plan could not call; says whether there is a type to declare something for.
    fn check(&self, errors: &mut Errors) -> bool {
        if !self.generics.params.is_empty() {
            errors.push(
                &self.generics,
                "`#[handlers]` on a generic type, but the plan has to know its types",
                "write the block for one type: `impl Billing<Cash> { … }`",
            );
        }
        if let Some((of, _)) = &self.of_trait {
            errors.push(
                of,
                "`#[handlers]` is for inherent `impl` blocks",
                "move the handlers into an `impl` block of the type itself",
            );
        }
        // What has no name is not the user's; the compiler says so.
        self.generics.params.is_empty() && self.of_trait.is_none() && matches!(self.this, Type::Path(_))
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        let function = ahead.parse::<syn::Signature>().is_ok();
        if function {
            Ok(Self::Function(Box::new(input.parse()?)))
        } else {
            Ok(Self::Other(Box::new(input.parse()?)))
        }
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            inner_attributes,
            unsafety,
            impl_token,
            generics,
            of_trait,
            this,
            brace,
            members,
        } = self;
        let of_trait = of_trait.as_ref().map(|(path, for_token)| quote!(#path #for_token));
        let clause = &generics.where_clause;
        quote!(#(#attributes)* #unsafety #impl_token #generics #of_trait #this #clause).to_tokens(tokens);
        brace.surround(tokens, |tokens| {
            for attribute in inner_attributes {
                attribute.to_tokens(tokens);
            }
            for member in members {
                match member {
                    Member::Function(function) => function.to_tokens(tokens),
                    Member::Other(other) => other.to_tokens(tokens),
                }
            }
        });
    }
}
