//! One handler or filter: a function, or a method of a component.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Type, TypeReference};

use super::key::EventKey;
use crate::attributes::{Arguments, First, For, Key, Subject, elsewhere, key};
use crate::boundary::is_record;
use crate::checks;
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::record::{Record, declare, nothing, submit};
use crate::signature::{
    Function, Glue, Parameter, Returned, Side, ends, first_argument, here, last_segment, name_span, respan,
    typed_inputs, with_boxed_error, written,
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

const FIRST: First = First { attribute: "handler", word: "handler", subject: For::TypeOrKey };
const FILTER_FIRST: First = First { attribute: "filter", word: "filter", subject: For::Every };

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
        let first = match kind {
            Kind::Handler => FIRST,
            Kind::Filter => FILTER_FIRST,
        };
        let mut arguments = Arguments::parse(arguments, Some(first), keys, errors);
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
        } else if written(event) != written(here) {
            // Of two paths to one type, or of two types of one name: the compiler knows.
            quote!(__nexus::Takes::event_as::<#event, #here>)
        } else if let Some(held) = held(event) {
            quote!(__nexus::Takes::event_holding::<#event, #held>)
        } else {
            quote!(__nexus::Takes::event::<#event>)
        }
    }
}

/// What a type holds of which there is no event, unless it is the user's own.
fn held(ty: &Type) -> Option<&Type> {
    let name = last_segment(ty)?;
    let holds = ["Option", "Vec", "Result", "Box", "Arc"].iter().any(|holder| name == holder);
    first_argument(ty).filter(|_| holds)
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
        let inputs: Vec<&Type> = typed_inputs(&function.signature).collect();
        let late = late_event(annotation.wanted.as_ref(), &inputs);
        let mut glue = Glue::default();
        let whose = format!("{} `{name}`", kind.word());
        for input in
            inputs.iter().skip(1).filter(|input| late.is_none_or(|late| !std::ptr::eq(**input, late)))
        {
            glue.add(input, Side::Consumer, &whose, errors);
        }
        let Some(first) = inputs.first() else {
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
        let takes = takes(kind, annotation, name, (first, late), errors)?;
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
                    let events = Returned::of(&output).events;
                    emits = quote!(#emits.and_returned::<#events>());
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
            Kind::Handler => Returned::of(&output).give(&here!(&mut context.returned())),
            Kind::Filter => {
                let is_verdict = |held: &Type| last_segment(held).is_some_and(|name| name == "Verdict");
                let (output, outcome) = with_boxed_error(&output, here!(outcome), is_verdict);
                here!(<#output as __nexus::VerdictOutcome>::verdict(#outcome))
            }
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

/// Whether a parameter is the event; for a filter, nothing is wanted in particular.
fn is_event(wanted: Option<&Wanted>, ty: &Type) -> bool {
    let (reference, inner) = match ty {
        Type::Reference(TypeReference { elem, .. }) => (true, &**elem),
        other => (false, other),
    };
    let Some(found) = last_segment(inner) else { return false };
    let typed = match wanted {
        Some(Wanted::Event(event)) => last_segment(event).is_some_and(|event| event == found),
        Some(Wanted::Key(_)) | None => false,
    };
    typed || (reference && found == "Event")
}

/// The event, if it stands behind another parameter.
fn late_event<'a>(wanted: Option<&Wanted>, inputs: &[&'a Type]) -> Option<&'a Type> {
    let place = inputs.iter().position(|ty| is_event(wanted, ty))?;
    (place > 0).then(|| inputs[place])
}

/// What to write in the place of a first parameter that is not the event. It may be another event, but nothing that is known by its
/// shape or name.
fn first_help(late: Option<&Type>, event: &str, first: &Type) -> String {
    if let Some(late) = late {
        return format!("move `{}` to the front", written(late));
    }
    let inner = match first {
        Type::Reference(TypeReference { elem, .. }) => &**elem,
        other => other,
    };
    match last_segment(inner).map(|name| name.to_string()) {
        Some(name) if ["Queue", "Meta", "Emitter", "Arc"].contains(&&*name) => {
            format!("let its first parameter be `&{event}`")
        }
        Some(name) if name != "Event" && name.starts_with(char::is_uppercase) => {
            format!("write `&{event}`, or `#[handler({})]`", written(inner))
        }
        _ => format!("write `&{event}`"),
    }
}

/// How the first parameter takes the event; the other one is the event, if it stands further behind.
fn takes(
    kind: Kind,
    annotation: &Annotation,
    name: &Ident,
    (first, late): (&Type, Option<&Type>),
    errors: &mut Errors,
) -> Option<Takes> {
    let is_queue = matches!(Parameter::of(first), Some(Parameter::Queue(_)));
    let (reference, inner) = match first {
        Type::Reference(TypeReference { mutability: None, elem, .. }) => (true, &**elem),
        Type::Reference(TypeReference { elem, .. }) if is_queue || late.is_some() => (false, &**elem),
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
        let what =
            format!("filter `{name}` sees every event, but its first parameter is `{}`", written(first));
        let help = match late {
            Some(late) => format!("move `{}` to the front", written(late)),
            None if is_queue => "let its first parameter be `&Event`".to_owned(),
            None => "write `&Event`".to_owned(),
        };
        errors.push(first, what, help);
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
    let (text, event) = match wanted {
        Wanted::Event(event) => (written(&event), written(&event)),
        Wanted::Key(key) => (key.text, "Event".to_owned()),
    };
    let help = first_help(late, &event, first);
    errors.push(
        first,
        format!("handler `{name}` is for `{text}`, but its first parameter is `{}`", written(first)),
        help,
    );
    None
}
