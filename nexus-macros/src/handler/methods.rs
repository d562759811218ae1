//! `#[handlers]`: a component, whose methods are handlers and filters.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, FnArg, Generics, ImplItem, Path, ReceiverKind, Token, Type, Visibility};

use super::function::{Annotation, Consumer, Kind};
use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::signature::Function;

const KEYS: &[Key] =
    &[key("domain", "domain = Audit"), key("default", "default"), key("crate", "crate = ::nexus")];

/// Expands `#[handlers]`.
pub(crate) fn handlers(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut arguments = Arguments::parse(attribute, false, KEYS, &mut errors);
    let domain = arguments.path("domain", "domain = Audit", &mut errors);
    let default = arguments.flag("default", &mut errors).is_some();
    let root = arguments.root(&mut errors);
    let mut block = match Block::parse.parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            errors.parser(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    if let Some(generics) = block.generics.params.first() {
        errors.push(
            generics,
            "`#[handlers]` on a generic type: the plan has to know its types",
            "write the block for one type: `impl Billing<Cash> { … }`",
        );
    }
    if let Some((of, _)) = &block.of_trait {
        errors.push(
            of,
            "`#[handlers]` is for inherent `impl` blocks",
            "move the handlers into an `impl` block of the type itself",
        );
    }
    let mut declarations = Declarations { domain, default, glue: Vec::new(), records: Vec::new() };
    for member in &mut block.members {
        if let Member::Function(function) = member {
            declarations.read(function, &block.this, &mut errors);
        }
    }
    if declarations.records.is_empty() && errors.is_empty() {
        errors.push(
            &block.this,
            "`#[handlers]` on a block without handlers",
            "annotate a method: `#[handler(Event)] async fn on_event(&mut self, event: &Event)`",
        );
    }
    let declaration = errors.is_empty().then(|| {
        let (this, import) = (&block.this, root.import());
        let Declarations { glue, records, .. } = &declarations;
        quote! {
            const _: () = {
                #import
                #(#glue)*
                impl __nexus::Declared for #this {
                    const RECORDS: &'static [__nexus::Record] = &[#(#records),*];
                }
                __nexus::inventory::submit! { __nexus::Submission(<#this as __nexus::Declared>::RECORDS) }
            };
        }
    });
    let errors = errors.into_tokens();
    quote!(#block #errors #declaration)
}

/// What the methods declare.
struct Declarations {
    domain: Option<Path>,
    default: bool,
    glue: Vec<TokenStream>,
    records: Vec<TokenStream>,
}

impl Declarations {
    /// Reads a method, and takes its annotation off.
    fn read(&mut self, function: &mut Function, this: &Type, errors: &mut Errors) {
        let Some((kind, attribute)) = take_annotation(&mut function.attributes) else { return };
        let arguments = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        let mut found = Errors::default();
        let mut annotation = Annotation::parse(kind, arguments, false, &mut found);
        annotation.domain.clone_from(&self.domain);
        checks::signature(&function.signature, kind.word(), true, &mut found);
        receiver(kind, function, &mut found);
        let consumer = Consumer::read(kind, &annotation, function, &mut found);
        let Some(consumer) = consumer.filter(|_| found.is_empty()) else { return errors.join(found) };
        let name = function.name();
        let call = format_ident!("__call_{}", name);
        let glue = consumer.glue(&call, &quote!(<#this>::#name), function, Some(this));
        let of = if self.default { quote!(or_default) } else { quote!(of) };
        let need = quote!(__nexus::ComponentNeed::#of::<#this>);
        self.records.push(consumer.record(&annotation, function, &call, Some(&need)));
        self.glue.push(glue);
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

/// Takes `#[handler(…)]` or `#[filter]` off a method.
fn take_annotation(attributes: &mut Vec<Attribute>) -> Option<(Kind, Attribute)> {
    let kind = |attribute: &Attribute| {
        let last = attribute.path().segments.last()?;
        match last.ident.to_string().as_str() {
            "handler" => Some(Kind::Handler),
            "filter" => Some(Kind::Filter),
            _ => None,
        }
    };
    let place = attributes.iter().position(|attribute| kind(attribute).is_some())?;
    let attribute = attributes.remove(place);
    Some((kind(&attribute)?, attribute))
}

/// An `impl` block whose functions keep their bodies unread.
struct Block {
    attributes: Vec<Attribute>,
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
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self { attributes, unsafety, impl_token, generics, of_trait, this, brace, members })
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        let function = ahead.parse::<syn::Signature>().is_ok();
        if function { Ok(Self::Function(Box::new(input.parse()?))) } else { Ok(Self::Other(Box::new(input.parse()?))) }
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, unsafety, impl_token, generics, of_trait, this, brace, members } = self;
        let of_trait = of_trait.as_ref().map(|(path, for_token)| quote!(#path #for_token));
        let clause = &generics.where_clause;
        quote!(#(#attributes)* #unsafety #impl_token #generics #of_trait #this #clause).to_tokens(tokens);
        brace.surround(tokens, |tokens| {
            for member in members {
                match member {
                    Member::Function(function) => function.to_tokens(tokens),
                    Member::Other(other) => other.to_tokens(tokens),
                }
            }
        });
    }
}
