//! One handler or filter: a function, or a method of a component.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Type, TypeReference};

use super::key::EventKey;
use crate::attributes::{Arguments, First, Key, Subject, elsewhere, key};
use crate::boundary::is_record;
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
    let keys = match kind {
        Kind::Handler => KEYS,
        Kind::Filter => FILTER_KEYS,
    };
    let annotation = Annotation::parse(kind, &attribute.clone(), attribute, keys, &mut errors);
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

const FIRST: First = First { attribute: "handler", word: "handler", dynamic: true };

const MASK: Key = key("mask", "mask = 0b0110");
const DOMAIN: Key = key("domain", "domain = Audit");
const ORDER: Key = key("order", "order = 10");
const CRATE: Key = key("crate", "crate = ::nexus");
const KEYS: &[Key] = &[MASK, DOMAIN, ORDER, key("as", "as = WatchHandler"), CRATE];
const FILTER_KEYS: &[Key] = &[DOMAIN, ORDER, key("as", "as = KeepFilter"), CRATE];

/// A method has the domain and the path of its block, and no name of its own.
const METHOD_DOMAIN: Key = elsewhere("domain", "#[handlers(domain = Audit)]");
const METHOD_CRATE: Key = elsewhere("crate", "#[handlers(crate = ::nexus)]");
pub(crate) const METHOD_KEYS: &[Key] = &[MASK, ORDER, METHOD_DOMAIN, METHOD_CRATE];
pub(crate) const FILTER_METHOD_KEYS: &[Key] = &[ORDER, METHOD_DOMAIN, METHOD_CRATE];

/// What a handler is for.
#[derive(Clone)]
enum Wanted {
    /// An event type.
    Event(Type),
    /// The dynamic events of a key.
    Key(EventKey),
}

/// What the annotation says.
pub(crate) struct Annotation {
    wanted: Option<Wanted>,
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
        let first = (kind == Kind::Handler).then_some(FIRST);
        let mut arguments = Arguments::parse(arguments, first, keys, errors);
        let (subject, mask) = (arguments.subject.take(), arguments.place("mask"));
        if kind == Kind::Handler && subject.is_none() && mask.is_none() && arguments.readable {
            let help = "write `#[handler(MyEvent)]`";
            errors.push(at, "`#[handler]` does not say for which event", help);
        }
        if let (Some(_), Some(mask)) = (&subject, mask) {
            let help = "remove `mask`, and write another handler for it";
            errors.push_at(mask, "a handler is for one event or key", help);
        }
        let mask = arguments.integer("mask", "an integer from 1 on", errors, |mask: &i64| *mask > 0);
        let wanted = match subject {
            Some(Subject::Event(event)) => Some(Wanted::Event(event)),
            Some(Subject::Key(value)) => EventKey::read(&value, errors).map(Wanted::Key),
            None => mask.map(|mask| Wanted::Key(EventKey::mask(mask))),
        };
        Self {
            wanted,
            domain: arguments.path("domain", errors),
            order: arguments.integer("order", "an integer of 32 bits", errors, |_| true).unwrap_or(0),
            name: arguments.ident("as", errors),
            root: arguments.root(errors),
        }
    }
}

/// How a handler takes its event.
enum Takes {
    Borrowed(Typed),
    Owned(Typed),
    /// The whole record; a handler is for these events.
    Record(Option<Wanted>),
}

/// The type of an event, as the annotation and as the parameter writes it.
struct Typed {
    event: Type,
    here: Type,
}

impl Typed {
    fn in_record(&self) -> TokenStream {
        let Self { event, here } = self;
        if is_record(&written(event)) {
            quote!(__nexus::Takes::event_of_one_type::<#event>)
        } else if written(event) == written(here) {
            quote!(__nexus::Takes::event::<#event>)
        } else {
            // Of two paths to one type, or of two types of one name: the compiler knows.
            quote!(__nexus::Takes::event_as::<#event, #here>)
        }
    }
}

impl Takes {
    /// What stands in a handler's record.
    fn in_record(&self) -> TokenStream {
        match self {
            Self::Borrowed(typed) | Self::Owned(typed) => typed.in_record(),
            Self::Record(Some(Wanted::Event(event))) => quote!(__nexus::Takes::event::<#event>),
            Self::Record(Some(Wanted::Key(key))) => key.takes(),
            Self::Record(None) => TokenStream::new(),
        }
    }
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
            let wanted = match &annotation.wanted {
                Some(Wanted::Event(event)) => written(event),
                Some(Wanted::Key(_)) | None => "Event".to_owned(),
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
            Takes::Borrowed(Typed { here, .. }) => quote_spanned!(end=> .borrowed::<#here>()?),
            Takes::Owned(Typed { here, .. }) => quote_spanned!(end=> .owned::<#here>()?),
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
        let role = match self.kind {
            Kind::Handler => {
                if !checks::returns_nothing(&function.signature) {
                    let output = function.output();
                    emits = quote!(#emits.and_returned::<#output>());
                }
                let takes = self.takes.in_record();
                quote!(Handler { takes: #takes, component: #need, call: #call })
            }
            Kind::Filter => quote!(Filter { component: #need, call: #call }),
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
            meta: self.glue.has_meta,
            role,
        };
        record.into_tokens()
    }

    /// What calls the user's function.
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
        let event_type = match &self.takes {
            Takes::Borrowed(Typed { event, .. }) | Takes::Owned(Typed { event, .. }) => Some(event),
            Takes::Record(_) => None,
        };
        if function.is_async() && before.is_empty() {
            // Nothing of the call has to be kept beside the function's own future.
            let make = callable(event_type);
            let call = here!((|| __nexus::std::Result::Ok(#callee(#component #event #(, #arguments)*)))());
            // At the name, so that an error about the future points there.
            let start = quote_spanned!(name_span(function)=> start.call(called, move |outcome| #settle));
            return here! {
                || __nexus::Callable::#make(|call, start| {
                    let (event, #mutable context) = call.split();
                    let called = #call;
                    #start
                })
            };
        }
        let body = here! {
            let (event, #mutable context) = call.split();
            #(#before)*
            let outcome = #callee(#component #event #(, #arguments)*) #dot_await;
            #settle
        };
        glue(name_span(function), function.is_async(), event_type, &body)
    }
}

/// What makes a filter or handler callable: a closure that calls the user's function, boxed when the plan is made.
///
/// It stands inside the record, and asks nothing of a type that the record does not ask in the same words: so the compiler sees
/// one mistake and reports it once, at the user's type.
pub(crate) fn glue(name: Span, is_async: bool, event: Option<&Type>, body: &TokenStream) -> TokenStream {
    let make = callable(event);
    let call = if is_async {
        // At the name, so that an error about the future points there.
        quote_spanned!(name=> start.later(async move { #body }))
    } else {
        here!(start.now((|| { #body })()))
    };
    here!(|| __nexus::Callable::#make(|call, start| #call))
}

/// How what can be called is made, with events of this type or with whole records.
fn callable(event: Option<&Type>) -> TokenStream {
    if let Some(event) = event { here!(typed::<#event, _>) } else { here!(record) }
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
    let found = last_segment(inner);
    let record = reference && found.as_ref().is_some_and(|found| found == "Event");
    if kind == Kind::Filter {
        if record {
            return Some(Takes::Record(None));
        }
        errors.push(
            first,
            format!("filter `{name}` sees every event, but its first parameter is `{}`", written(first)),
            "write `&Event`",
        );
        return None;
    }
    let wanted = annotation.wanted.clone()?;
    if let Wanted::Event(event) = &wanted
        && let Some(last) = last_segment(event)
        && found.as_ref() == Some(&last)
    {
        let event = event.clone();
        let here = match written(&event) == written(inner) {
            true if reference => event.clone(),
            // By value, it stands at the parameter, so that an error about the clone points there.
            true => respan(event.clone(), inner),
            false => inner.clone(),
        };
        let typed = Typed { event, here };
        return Some(if reference { Takes::Borrowed(typed) } else { Takes::Owned(typed) });
    }
    if record {
        return Some(Takes::Record(Some(wanted)));
    }
    let (text, help) = match wanted {
        Wanted::Event(event) => {
            let event = written(&event);
            let help = format!("write `&{event}`, `{event}` or `&Event`");
            (event, help)
        }
        Wanted::Key(key) => {
            let help = match found {
                Some(found) if found != "Event" => {
                    format!("write `&Event`, or `#[handler({})]`", written(inner))
                }
                _ => "write `&Event`".to_owned(),
            };
            (key.text, help)
        }
    };
    errors.push(
        first,
        format!("handler `{name}` is for `{text}`, but its first parameter is `{}`", written(first)),
        help,
    );
    None
}
