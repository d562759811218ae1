//! One handler or filter: a function, or a method of a component.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Type, TypeReference};

use crate::attributes::{Arguments, Key, elsewhere, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::record::{Record, declare, nothing, submit};
use crate::signature::{
    Function, Glue, Side, ends, here, last_segment, name_span, respan, typed_inputs, written,
};

/// Expands `#[handler(E)]` on a function.
pub(crate) fn handler(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    consumer(Kind::Handler, attribute, item)
}

/// Expands a handler or filter that is a function.
pub(crate) fn consumer(kind: Kind, attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let mut function = match Function::read(item, kind.word()) {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    function.annotate();
    let mut errors = Errors::default();
    let annotation = Annotation::parse(kind, &attribute.clone(), attribute, KEYS, &mut errors);
    checks::function(&function, kind.word(), false, &mut errors);
    let consumer = Consumer::read(kind, &annotation, &function, &mut errors);
    let name = annotation.name.as_ref().unwrap_or(function.name());
    let declaration = match consumer {
        Some(consumer) if errors.is_empty() => declare(&annotation.root, name, &function, |declared| {
            let callee = function.name();
            submit(declared, &[consumer.record(&annotation, &function, &quote!(#callee), None)])
        }),
        _ if function.stands_alone() => declare(&annotation.root, name, &function, nothing),
        _ => TokenStream::new(),
    };
    let errors = errors.into_tokens();
    quote!(#function #errors #declaration)
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
pub(crate) const METHOD_KEYS: &[Key] = &[
    key("order", "order = 10"),
    elsewhere("domain", "#[handlers(domain = Audit)]"),
    elsewhere("crate", "#[handlers(crate = ::nexus)]"),
];

/// What the annotation says.
pub(crate) struct Annotation {
    event: Option<Type>,
    pub(crate) domain: Option<Path>,
    order: i32,
    name: Option<Ident>,
    root: Root,
}

impl Annotation {
    /// Parses it; a missing event is reported at `at`.
    pub(crate) fn parse(
        kind: Kind,
        at: &impl ToTokens,
        arguments: TokenStream,
        keys: &'static [Key],
        errors: &mut Errors,
    ) -> Self {
        let mut arguments = Arguments::parse(arguments, kind == Kind::Handler, keys, errors);
        let event = arguments.subject.take();
        if kind == Kind::Handler && event.is_none() && arguments.readable {
            let help = "write `#[handler(MyEvent)]`";
            errors.push(at, "`#[handler]` does not say for which event", help);
        }
        Self {
            event,
            domain: arguments.path("domain", errors),
            order: arguments.integer("order", "an integer of 32 bits", errors, |_| true).unwrap_or(0),
            name: arguments.ident("as", errors),
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
    /// What the glue makes of the event, at the parameter's type.
    event: TokenStream,
    glue: Glue,
}

impl Consumer {
    /// Reads the signature; `None` where the event can't be told.
    pub(crate) fn read(
        kind: Kind,
        annotation: &Annotation,
        function: &Function,
        errors: &mut Errors,
    ) -> Option<Self> {
        let name = function.name();
        checks::named_output(&function.signature, kind.word(), errors);
        if kind == Kind::Filter && checks::returns_nothing(&function.signature) {
            errors.push(name, format!("filter `{name}` gives no verdict"), "let it return `Verdict`");
        }
        let mut inputs = typed_inputs(&function.signature);
        let first = inputs.next();
        let mut glue = Glue::default();
        for input in inputs {
            glue.add(input, Side::Consumer, errors);
        }
        let Some(first) = first else {
            let wanted = match (kind, &annotation.event) {
                (Kind::Handler, Some(event)) => written(event),
                (Kind::Handler | Kind::Filter, _) => "Event".to_owned(),
            };
            errors.push(
                name,
                format!("{} `{name}` does not take its event", kind.word()),
                format!("let its first parameter be `&{wanted}`"),
            );
            return None;
        };
        let takes = takes(kind, annotation, name, first, errors)?;
        let (start, end) = ends(first);
        let (start, end) = (start.resolved_at(Span::mixed_site()), end.resolved_at(Span::mixed_site()));
        let get = match &takes {
            Takes::Borrowed(event) => quote_spanned!(end=> .borrowed::<#event>()?),
            Takes::Owned(event) => quote_spanned!(end=> .owned::<#event>()?),
            Takes::Record(_) => quote_spanned!(end=> .record()),
        };
        Some(Self { kind, event: quote_spanned!(start=> event #get), takes, glue })
    }

    /// The record. `component` is the type whose method the function is, and the need for it.
    pub(crate) fn record(
        &self,
        annotation: &Annotation,
        function: &Function,
        callee: &TokenStream,
        component: Option<(&Type, &TokenStream)>,
    ) -> TokenStream {
        let call = self.call(function, callee, component.map(|(component, _)| component));
        let need = component.map_or_else(
            || quote!(__nexus::std::Option::None),
            |(_, need)| quote!(__nexus::std::Option::Some(#need)),
        );
        let sets = &self.glue.emits;
        let mut emits = quote!(#(.and::<#sets>())*);
        let role = match (&self.takes, self.kind) {
            (Takes::Borrowed(event) | Takes::Owned(event) | Takes::Record(event), Kind::Handler) => {
                if !checks::returns_nothing(&function.signature) {
                    let output = function.output();
                    emits = quote!(#emits.and_returned::<#output>());
                }
                quote!(Handler { takes: __nexus::Takes::event::<#event>, component: #need, call: #call })
            }
            (_, Kind::Filter) => quote!(Filter { component: #need, call: #call }),
        };
        // Two components may each have a method of this name.
        let name = match component {
            Some((this, _)) => format!("{}::{}", written(this), function.text()),
            None => function.text(),
        };
        let record = Record {
            name,
            at: function.name().span(),
            domain: annotation.domain.as_ref(),
            order: annotation.order,
            emits,
            states: self.glue.needs(),
            role,
        };
        record.into_tokens()
    }

    /// The closure that calls the user's function.
    ///
    /// It stands inside the record, and asks nothing of a type that the record does not ask in the same words: so the
    /// compiler sees one mistake and reports it once, at the user's type.
    fn call(&self, function: &Function, callee: &TokenStream, component: Option<&Type>) -> TokenStream {
        let Glue { before, arguments, .. } = &self.glue;
        let event = &self.event;
        let mutable = component.map(|_| quote!(mut));
        let component = component.map(|component| here!(context.component::<#component>(),));
        let dot_await = function.dot_await();
        let output = function.output();
        let settle = match self.kind {
            Kind::Handler => {
                here!(<#output as __nexus::Outcome>::give(outcome, &mut context.returned()))
            }
            Kind::Filter => here!(<#output as __nexus::VerdictOutcome>::verdict(outcome)),
        };
        let body = here! {
            let (event, #mutable context) = call.split();
            #(#before)*
            let outcome = #callee(#component #event #(, #arguments)*) #dot_await;
            #settle
        };
        if function.is_async() {
            // At the name, so that an error about the future points there.
            let span = name_span(function);
            let later = quote_spanned!(span=> __nexus::Step::later(async move { #body }));
            here!(|call| #later)
        } else {
            here!(|call| __nexus::Step::Done((|| { #body })()))
        }
    }
}

/// How the first parameter takes the event.
fn takes(
    kind: Kind,
    annotation: &Annotation,
    name: &Ident,
    first: &Type,
    errors: &mut Errors,
) -> Option<Takes> {
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
    if let Type::Reference(TypeReference { lifetime: Some(lifetime), .. }) = first
        && lifetime.ident == "static"
    {
        errors.push(
            first,
            format!("`{}` outlives the call that the event is borrowed for", written(first)),
            format!("write `&{}`", written(inner)),
        );
        return None;
    }
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
        // By value, it stands at the parameter, so that an error about the clone points there.
        return Some(if reference { Takes::Borrowed(event) } else { Takes::Owned(respan(event, inner)) });
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
