//! One handler or filter: a function, or a method of a component.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, Type, TypeReference};

use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::signature::{Function, Glue, Side, here, last_segment, typed_inputs, written};

/// Expands `#[handler(E)]` on a function.
pub(crate) fn handler(attribute: TokenStream, item: TokenStream) -> TokenStream {
    consumer(Kind::Handler, attribute, item)
}

/// Expands a handler or filter that is a function.
pub(crate) fn consumer(kind: Kind, attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = match Function::read(item, kind.word()) {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut errors = Errors::default();
    let annotation = Annotation::parse(kind, attribute, true, &mut errors);
    checks::signature(&function.signature, kind.word(), false, &mut errors);
    let consumer = Consumer::read(kind, &annotation, &function, &mut errors);
    let declared = annotation.name.clone().unwrap_or_else(|| function.name().clone());
    let declaration = match consumer {
        Some(consumer) if errors.is_empty() => {
            let callee = function.name();
            let call = format_ident!("__call");
            let glue = consumer.glue(&call, &quote!(#callee), &function, None);
            let record = consumer.record(&annotation, &function, &call, None);
            declare(&annotation.root, &declared, &function, &glue, &record)
        }
        // Only the name, so that `.with::<…>()` is no second error.
        _ => TokenStream::new(),
    };
    let errors = errors.into_tokens();
    quote!(#function #errors #declaration)
}

/// The items that declare a function under its name: the trait's implementation, the submission, and last the type that
/// has the function's name.
pub(crate) fn declare(
    root: &Root,
    declared: &Ident,
    function: &Function,
    glue: &TokenStream,
    record: &TokenStream,
) -> TokenStream {
    let import = root.import();
    let shared = function.shared_attributes();
    let visibility = &function.visibility;
    quote! {
        #(#shared)*
        const _: () = {
            #import
            #glue
            impl __nexus::Declared for #declared {
                const RECORDS: &'static [__nexus::Record] = &[#record];
            }
            __nexus::inventory::submit! { __nexus::Submission(<#declared as __nexus::Declared>::RECORDS) }
        };
        #(#shared)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code)]
        #visibility enum #declared {}
    }
}

/// Handler or filter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Handler,
    Filter,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Filter => "filter",
        }
    }
}

const KEYS: &[Key] = &[
    key("domain", "domain = Audit"),
    key("order", "order = 10"),
    key("as", "as = WatchHandler"),
    key("crate", "crate = ::nexus"),
];

/// A method has the domain and the path of its block, and no name of its own.
const METHOD_KEYS: &[Key] = &[key("order", "order = 10")];

/// What the annotation says.
pub(crate) struct Annotation {
    event: Option<Type>,
    pub(crate) domain: Option<Path>,
    order: i32,
    name: Option<Ident>,
    root: Root,
}

impl Annotation {
    /// Parses it; a method's has no domain or name of its own.
    pub(crate) fn parse(kind: Kind, attribute: TokenStream, function: bool, errors: &mut Errors) -> Self {
        let keys = if function { KEYS } else { METHOD_KEYS };
        let mut arguments = Arguments::parse(attribute.clone(), kind == Kind::Handler, keys, errors);
        let event = arguments.subject.take();
        if kind == Kind::Handler && event.is_none() && errors.is_empty() {
            errors.push_at(
                attribute.span(),
                "`#[handler]` does not say for which event",
                "write `#[handler(Event)]`",
            );
        }
        Self {
            event,
            domain: arguments.path("domain", "domain = Audit", errors),
            order: arguments.integer("order", "order = 10", "an integer of 32 bits", errors).unwrap_or(0),
            name: arguments.ident("as", "as = WatchHandler", errors),
            root: arguments.root(errors),
        }
    }
}

/// How a handler takes its event.
enum Takes {
    Borrowed(Type),
    Owned(Type),
    Record(Type),
}

/// A handler or filter that could be read.
pub(crate) struct Consumer {
    kind: Kind,
    takes: Takes,
    glue: Glue,
}

impl Consumer {
    /// Reads the parameters; `None` where the event can't be told.
    pub(crate) fn read(
        kind: Kind,
        annotation: &Annotation,
        function: &Function,
        errors: &mut Errors,
    ) -> Option<Self> {
        let mut inputs = typed_inputs(&function.signature);
        let takes = match inputs.next() {
            Some(first) => takes(kind, annotation, function, first, errors),
            None => {
                let (name, wanted) = (function.name(), wanted(kind, annotation));
                errors.push(
                    name,
                    format!("{} `{name}` does not take its event", kind.word()),
                    format!("let its first parameter be `{wanted}`"),
                );
                None
            }
        };
        let mut glue = Glue::default();
        for input in inputs {
            glue.add(input, Side::Consumer, errors);
        }
        Some(Self { kind, takes: takes?, glue })
    }

    /// The function that calls the user's, and the checks of its types.
    pub(crate) fn glue(
        &self,
        name: &Ident,
        callee: &TokenStream,
        function: &Function,
        component: Option<&Type>,
    ) -> TokenStream {
        let Glue { before, arguments, .. } = &self.glue;
        let event = match &self.takes {
            Takes::Borrowed(event) => here!(event.borrowed::<#event>()?),
            Takes::Owned(event) => here!(event.owned::<#event>()?),
            Takes::Record(_) => here!(event.record()),
        };
        let component = component.map(|component| here!(context.component::<#component>(),));
        let mutable = component.as_ref().map(|_| quote!(mut));
        let dot_await = function.dot_await();
        let output = function.output();
        let (result, settle) = match self.kind {
            Kind::Handler => (
                quote!(()),
                // At the type, so that an error about it points there.
                quote_spanned!(output.span().resolved_at(Span::mixed_site())=> __nexus::Outcome::give(outcome, &mut context.returned())),
            ),
            Kind::Filter => {
                (quote!(__nexus::Verdict), quote_spanned!(output.span().resolved_at(Span::mixed_site())=> __nexus::VerdictOutcome::verdict(outcome)))
            }
        };
        let body = here! {
            let (event, #mutable context) = call.split();
            #(#before)*
            let outcome = #callee(#component #event #(, #arguments)*) #dot_await;
            #settle
        };
        if function.is_async() {
            let later = quote_spanned!(function.name().span()=> __nexus::Step::later);
            here! {
                fn #name<'a>(call: __nexus::Call<'a>) -> __nexus::Step<'a, #result> {
                    #later(async move { #body })
                }
            }
        } else {
            here! {
                fn #name<'a>(call: __nexus::Call<'a>) -> __nexus::Step<'a, #result> {
                    fn run(call: __nexus::Call<'_>) -> __nexus::std::Result<#result, __nexus::BoxError> { #body }
                    __nexus::Step::Done(run(call))
                }
            }
        }
    }

    /// The record.
    pub(crate) fn record(
        &self,
        annotation: &Annotation,
        function: &Function,
        call: &Ident,
        component: Option<&TokenStream>,
    ) -> TokenStream {
        let component = match component {
            Some(need) => quote!(__nexus::std::Option::Some(#need)),
            None => quote!(__nexus::std::Option::None),
        };
        let mut emits = quote!(__nexus::Emits::none());
        for set in &self.glue.emits {
            emits = quote!(#emits.and::<#set>());
        }
        let role = match (&self.takes, self.kind) {
            (Takes::Borrowed(event) | Takes::Owned(event) | Takes::Record(event), Kind::Handler) => {
                let output = function.output();
                emits = quote!(#emits.and_returned::<#output>());
                quote!(Handler { takes: __nexus::EventInfo::of::<#event>, component: #component, call: #call })
            }
            (_, Kind::Filter) => quote!(Filter { component: #component, call: #call }),
        };
        record(annotation.domain.as_ref(), annotation.order, function.name(), &emits, &self.glue.needs(), &role)
    }
}

/// A record of any kind.
pub(crate) fn record(
    domain: Option<&Path>,
    order: i32,
    name: &Ident,
    emits: &TokenStream,
    states: &TokenStream,
    role: &TokenStream,
) -> TokenStream {
    let domain = domain.map_or_else(|| quote!(__nexus::Main), |domain| quote!(#domain));
    let text = name.to_string();
    let text = text.strip_prefix("r#").unwrap_or(&text);
    // With the name's span, these macros tell the line of the function, not that of the annotation.
    let location = quote_spanned! {name.span()=>
        __nexus::Location {
            file: __nexus::std::core::file!(),
            line: __nexus::std::core::line!(),
            column: __nexus::std::core::column!(),
        }
    };
    quote! {
        __nexus::Record {
            name: #text,
            module: __nexus::std::core::module_path!(),
            location: #location,
            domain: __nexus::DomainKey::of::<#domain>,
            order: #order,
            emits: || #emits,
            states: #states,
            role: __nexus::Role::#role,
        }
    }
}

/// What the first parameter should be.
fn wanted(kind: Kind, annotation: &Annotation) -> String {
    match (kind, &annotation.event) {
        (Kind::Handler, Some(event)) => format!("&{}", written(event)),
        (Kind::Handler | Kind::Filter, _) => "&Event".to_owned(),
    }
}

fn takes(
    kind: Kind,
    annotation: &Annotation,
    function: &Function,
    first: &Type,
    errors: &mut Errors,
) -> Option<Takes> {
    let name = function.name();
    let (reference, inner) = match first {
        Type::Reference(TypeReference { mutability: None, elem, .. }) => (true, &**elem),
        Type::Reference(TypeReference { elem, .. }) => {
            errors.push(
                first,
                format!("{} `{name}` borrows its event mutably, but several may share it", kind.word()),
                format!("write `&{}`", written(elem)),
            );
            return None;
        }
        other => (false, other),
    };
    if kind == Kind::Filter {
        if reference && last_segment(inner).is_some_and(|last| last == "Event") {
            return Some(Takes::Record(inner.clone()));
        }
        errors.push(
            first,
            format!("filter `{name}` sees every event, but its first parameter is `{}`", written(first)),
            "write `&Event`",
        );
        return None;
    }
    let event = annotation.event.clone()?;
    let (wanted, found) = (last_segment(&event), last_segment(inner));
    if wanted.is_some() && wanted == found {
        return Some(if reference { Takes::Borrowed(event) } else { Takes::Owned(event) });
    }
    if reference && found.is_some_and(|found| found == "Event") {
        return Some(Takes::Record(event));
    }
    let event = written(&event);
    errors.push(
        first,
        format!("handler `{name}` is for `{event}`, but its first parameter is `{}`", written(first)),
        format!("write `&{event}`, `{event}` or `&Event`"),
    );
    None
}
