//! `#[converter]`, `#[producer]` and `#[timer]` on functions.

mod period;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    GenericArgument, Path, PathArguments, ReturnType, Token, Type, TypeParamBound, TypeReference,
};

use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::handler::{declare, record};
use crate::paths::Root;
use crate::signature::{Function, Glue, Side, here, last_segment, typed_inputs};

const DOMAIN: Key = key("domain", "domain = Audit");
const AS: Key = key("as", "as = TickTimer");
const CRATE: Key = key("crate", "crate = ::nexus");
const CONVERTER: &[Key] = &[key("ahead", "ahead = 256"), DOMAIN, AS, CRATE];
const PRODUCER: &[Key] = &[DOMAIN, AS, CRATE];
const TIMER: &[Key] = &[
    key("every", "every = \"1s\""),
    key("once", "once"),
    key("count_up", "count_up = 7"),
    key("count_down", "count_down = 5"),
    DOMAIN,
    AS,
    CRATE,
];

/// What all three have in common.
struct Common {
    domain: Option<Path>,
    name: Option<Ident>,
    root: Root,
}

impl Common {
    fn read(arguments: &mut Arguments, errors: &mut Errors) -> Self {
        Self {
            domain: arguments.path("domain", "domain = Audit", errors),
            name: arguments.ident("as", "as = TickTimer", errors),
            root: arguments.root(errors),
        }
    }

    /// The user's function, the errors, and, without errors, what is declared.
    fn finish(self, function: &Function, errors: Errors, source: impl FnOnce() -> Source) -> TokenStream {
        let declaration = errors.is_empty().then(|| {
            let Source { call, emits, states, role } = source();
            let declared = self.name.clone().unwrap_or_else(|| function.name().clone());
            let record = record(self.domain.as_ref(), 0, function.name(), &emits, &states, &role);
            declare(&self.root, &declared, function, &call, &record)
        });
        let errors = errors.into_tokens();
        quote!(#function #errors #declaration)
    }
}

/// What becomes of a source.
struct Source {
    call: TokenStream,
    emits: TokenStream,
    states: TokenStream,
    role: TokenStream,
}

/// Parses the function and reads what all sources share.
fn begin(word: &str, item: TokenStream, errors: &mut Errors) -> Result<Function, TokenStream> {
    let function = Function::read(item, word)?;
    checks::signature(&function.signature, word, false, errors);
    Ok(function)
}

/// Expands `#[converter]`.
pub(crate) fn converter(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match begin("converter", item, &mut errors) {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut arguments = Arguments::parse(attribute, false, CONVERTER, &mut errors);
    let ahead: Option<std::num::NonZeroU32> = arguments
        .integer::<u32>("ahead", "ahead = 256", "an integer from 1 on", &mut errors)
        .and_then(|ahead| {
            let nonzero = std::num::NonZeroU32::new(ahead);
            if nonzero.is_none() {
                errors.push(function.name(), "`ahead = 0` would ask for nothing", "write `ahead = 1` or more");
            }
            nonzero
        });
    let ahead = ahead.map_or(1, |ahead| ahead.get() as usize);
    let common = Common::read(&mut arguments, &mut errors);
    let glue = parameters(&function, "converter", &mut errors);
    if let ReturnType::Default = function.signature.output {
        errors.push(
            function.name(),
            format!("converter `{}` yields no event", function.name()),
            "let it return `impl Stream<Item = Event>`, or make it an `async fn` that returns `Option<Event>`",
        );
    }
    let output = function.output();
    common.finish(&function, errors, || {
        let name = function.name();
        let Glue { before, arguments, .. } = &glue;
        let (body, emits) = if function.is_async() {
            let answer = spanned(&output, &here!(context.answer(answer)));
            let body = here! {
                #(#before)*
                loop {
                    let answer = #name(#(#arguments),*).await;
                    if !#answer.await? {
                        break __nexus::std::Result::Ok(());
                    }
                }
            };
            (body, quote!(__nexus::Emits::none().and::<<#output as __nexus::Answer>::Emits>()))
        } else {
            let pull = spanned(&output, &here!(context.pull(stream)));
            let body = here! {
                #(#before)*
                let stream = #name(#(#arguments),*);
                #pull.await
            };
            let item = stream_item(&output).unwrap_or_else(|| syn::parse_quote!(<#output as __nexus::Stream>::Item));
            (body, quote!(__nexus::Emits::none().and_returned::<#item>()))
        };
        Source {
            call: task(&body),
            emits,
            states: glue.needs(),
            role: quote!(Converter { ahead: #ahead, run: __run }),
        }
    })
}

/// Expands `#[producer]`.
pub(crate) fn producer(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match begin("producer", item, &mut errors) {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut arguments = Arguments::parse(attribute, false, PRODUCER, &mut errors);
    let common = Common::read(&mut arguments, &mut errors);
    let glue = parameters(&function, "producer", &mut errors);
    if !glue.has_emitter {
        errors.push(
            function.name(),
            format!("producer `{}` has no emitter, so it can't emit anything", function.name()),
            "add a parameter: `out: Emitter<Event>`",
        );
    }
    common.finish(&function, errors, || {
        let name = function.name();
        let Glue { before, arguments, emits: sets, .. } = &glue;
        let output = function.output();
        let ended = spanned(&output, &here!(__nexus::Ended::ended(result)));
        let dot_await = function.dot_await();
        let body = here! {
            #(#before)*
            let result = #name(#(#arguments),*) #dot_await;
            #ended
        };
        let (call, role) = if function.is_async() {
            (task(&body), quote!(Producer { run: __run }))
        } else {
            let call = here! {
                fn __run(context: __nexus::SourceContext) -> __nexus::std::Result<(), __nexus::BoxError> { #body }
            };
            (call, quote!(BlockingProducer { run: __run }))
        };
        Source { call, emits: quote!(__nexus::Emits::none()#(.and::<#sets>())*), states: glue.needs(), role }
    })
}

/// Expands `#[timer]`.
pub(crate) fn timer(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match begin("timer", item, &mut errors) {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut arguments = Arguments::parse(attribute, false, TIMER, &mut errors);
    let name = function.name();
    let every = arguments.expression("every", "every = \"1s\"", &mut errors);
    if every.is_none() && errors.is_empty() {
        errors.push(name, format!("timer `{name}` does not say how often"), "write `#[timer(every = \"1s\")]`");
    }
    let every = every.and_then(|every| period::read(&every, &mut errors));
    let count = count(&mut arguments, &mut errors);
    let common = Common::read(&mut arguments, &mut errors);
    let mut glue = Glue::default();
    for (nth, input) in typed_inputs(&function.signature).enumerate() {
        if nth == 0 && last_segment(input).is_some_and(|name| name == "i64") {
            glue.arguments.push(here!(count));
        } else {
            source_parameter(&mut glue, input, "timer", &mut errors);
        }
    }
    if let ReturnType::Default = function.signature.output {
        errors.push(name, format!("timer `{name}` emits no event"), "let it return an event, or `Option<Event>`");
    }
    let output = function.output();
    common.finish(&function, errors, || {
        let Glue { before, arguments, .. } = &glue;
        let dot_await = function.dot_await();
        let ticked = spanned(&output, &here!(context.ticked(outcome)));
        let body = here! {
            #(#before)*
            while let __nexus::std::Option::Some(count) = context.tick().await {
                let outcome = #name(#(#arguments),*) #dot_await;
                if !#ticked.await? {
                    break;
                }
            }
            __nexus::std::Result::Ok(())
        };
        Source {
            call: task(&body),
            emits: quote!(__nexus::Emits::none().and_returned::<#output>()),
            states: glue.needs(),
            role: quote!(Timer { every: || #every, count: __nexus::Count::#count, run: __run }),
        }
    })
}

/// The kind of a timer.
fn count(arguments: &mut Arguments, errors: &mut Errors) -> TokenStream {
    let once = arguments.flag("once", errors);
    let mut number = |name, example, errors: &mut Errors| {
        arguments.integer::<i64>(name, example, "an integer from 1 on", errors).filter(|count| {
            if *count < 1 {
                errors.push_at(
                    proc_macro2::Span::call_site(),
                    format!("`{name} = {count}` would never tick"),
                    format!("write `{example}`"),
                );
            }
            *count >= 1
        })
    };
    let up = number("count_up", "count_up = 7", errors);
    let down = number("count_down", "count_down = 5", errors);
    match (once, up, down) {
        (None, None, None) => quote!(Ongoing),
        (Some(_), None, None) => quote!(Once),
        (None, Some(up), None) => quote!(Up(#up)),
        (None, None, Some(down)) => quote!(Down(#down)),
        (once, ..) => {
            let at = once.unwrap_or_else(proc_macro2::Span::call_site);
            errors.push_at(at, "a timer has one kind", "keep one of `once`, `count_up = …`, `count_down = …`");
            quote!(Ongoing)
        }
    }
}

/// The function that runs a source as a task.
fn task(body: &TokenStream) -> TokenStream {
    here! {
        fn __run(mut context: __nexus::SourceContext) -> __nexus::SourceFuture {
            __nexus::std::Box::pin(async move { #body })
        }
    }
}

/// Code at a type, so that an error about it points there.
fn spanned(ty: &Type, code: &TokenStream) -> TokenStream {
    let span = ty.span().resolved_at(proc_macro2::Span::mixed_site());
    code.clone().into_iter().map(|mut token| {
        token.set_span(span);
        token
    }).collect()
}

fn parameters(function: &Function, word: &str, errors: &mut Errors) -> Glue {
    let mut glue = Glue::default();
    for input in typed_inputs(&function.signature) {
        source_parameter(&mut glue, input, word, errors);
    }
    glue
}

fn source_parameter(glue: &mut Glue, ty: &Type, word: &str, errors: &mut Errors) {
    let is_emitter = last_segment(ty).is_some_and(|name| name == "Emitter");
    if is_emitter && word != "producer" {
        errors.push(ty, format!("a {word} has no emitter: it returns its events"), "make it a `#[producer]`, or remove this parameter");
    } else {
        glue.add(ty, Side::Source, errors);
    }
}

/// `X` of `impl Stream<Item = X>`, which has no name that could be asked for its item.
fn stream_item(ty: &Type) -> Option<Type> {
    let bounds: &Punctuated<TypeParamBound, Token![+]> = match ty {
        Type::ImplTrait(implementation) => &implementation.bounds,
        Type::TraitObject(object) => &object.bounds,
        Type::Reference(TypeReference { elem, .. }) => return stream_item(elem),
        Type::Path(path) => {
            // `Pin<Box<dyn Stream<Item = X>>>`
            let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
            return arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner @ (Type::Path(_) | Type::TraitObject(_))) => stream_item(inner),
                _ => None,
            });
        }
        _ => return None,
    };
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(item.ty.clone()),
            _ => None,
        })
    })
}
