//! `#[converter]`, `#[producer]` and `#[timer]` on functions.

pub(crate) mod period;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{GenericArgument, Path, PathArguments, Token, Type, TypeParamBound, TypePath, TypeReference};

use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::record::{Record, declare, nothing, number, submit};
use crate::signature::{
    Function, Glue, Returned, Side, ends, first_argument, has_word, here, last_segment, name_span, respan,
    typed_inputs, with_boxed_error, written,
};

const DOMAIN: Key = key("domain", "domain = Audit");
const CRATE: Key = key("crate", "crate = ::nexus");
const CONVERTER: &[Key] = &[key("ahead", "ahead = 256"), DOMAIN, key("as", "as = LinesConverter"), CRATE];
const PRODUCER: &[Key] = &[DOMAIN, key("as", "as = KeyboardProducer"), CRATE];
const TIMER: &[Key] = &[
    key("every", "every = \"1s\""),
    key("once", "once"),
    key("count_up", "count_up = 7"),
    key("count_down", "count_down = 5"),
    DOMAIN,
    key("as", "as = TickTimer"),
    CRATE,
];

/// A source's function, and what all three annotations have in common.
struct Source {
    word: &'static str,
    function: Function,
    errors: Errors,
    domain: Option<Path>,
    name: Option<Ident>,
    root: Root,
}

/// What stands in the record of a source.
struct Flow {
    emits: TokenStream,
    states: TokenStream,
    role: TokenStream,
}

impl Source {
    /// Parses function and arguments; what is no function comes back as it was, with an error.
    fn read(
        word: &'static str,
        keys: &'static [Key],
        attribute: TokenStream,
        item: &TokenStream,
    ) -> Result<(Self, Arguments), TokenStream> {
        let mut function = Function::read(item, word)?;
        function.annotate();
        let mut errors = Errors::default();
        let mut arguments = Arguments::parse(attribute, None, keys, &mut errors);
        let domain = arguments.path("domain", &mut errors);
        let name = arguments.ident("as", &mut errors);
        let root = arguments.root(&mut errors);
        checks::function(&function, word, false, &mut errors);
        Ok((Self { word, function, errors, domain, name, root }, arguments))
    }

    fn parameters(&mut self) -> Glue {
        let mut glue = Glue::default();
        for input in typed_inputs(&self.function.signature) {
            parameter(&mut glue, input, self.word, self.function.name(), &mut self.errors);
        }
        glue
    }

    /// Reports a source that returns nothing, or a type without a name.
    fn returns_events(&mut self, help: &str) {
        let Self { word, function, errors, .. } = self;
        if checks::returns_nothing(&function.signature) {
            let name = function.name();
            errors.push(name, format!("{word} `{name}` emits no event"), help);
        }
    }

    /// The user's function, the errors, and what is declared.
    fn finish(self, flow: impl FnOnce(&Function) -> Flow) -> TokenStream {
        let Self { function, errors, domain, name, root, .. } = self;
        let declared = name.as_ref().unwrap_or(function.name());
        let declaration = if errors.is_empty() {
            let Flow { emits, states, role } = flow(&function);
            let (name, at, domain) = (function.text(), function.name().span(), domain.as_ref());
            let record = Record { name, at, domain, order: 0, emits, states, meta: false, role };
            declare(&root, declared, &function, |declared| submit(declared, &[record.into_tokens()]))
        } else if function.stands_alone() {
            declare(&root, declared, &function, nothing)
        } else {
            TokenStream::new()
        };
        let errors = errors.into_tokens();
        quote!(#function #errors #declaration)
    }
}

/// Expands `#[converter]`.
pub(crate) fn converter(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let (mut source, mut arguments) = match Source::read("converter", CONVERTER, attribute, item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    let errors = &mut source.errors;
    let ahead = number(arguments.count("ahead", errors).unwrap_or(1_usize));
    let glue = source.parameters();
    source.returns_events(if source.function.is_async() {
        "let it return `Option<MyEvent>`"
    } else {
        "let it return `impl Stream<Item = MyEvent>`, or make it an `async fn` that returns `Option<MyEvent>`"
    });
    let output = source.function.output();
    let item = if source.function.is_async() {
        checks::named_output(&source.function.signature, "converter", &mut source.errors);
        answer_item(&output)
    } else {
        stream(&source.function, &output, &mut source.errors)
    };
    source.finish(|function| {
        let name = function.name();
        let Glue { before, arguments, .. } = &glue;
        let context = Side::Source.context();
        // What is asked of the events' type is asked where the record asks for it, so that one mistake is one error.
        let (mutable, body, emits) = if function.is_async() {
            let is_option = |held: &Type| last_segment(held).is_some_and(|name| name == "Option");
            let (ty, answer) = with_boxed_error(&output, here!(answer), is_option);
            let ty = respan(ty, item.as_ref().unwrap_or(&output));
            let body = here! {
                #(#before)*
                loop {
                    let answer = #name(#(#arguments),*).await;
                    let gathered = <#ty as __nexus::Answer>::gather(#answer, &mut #context);
                    if !#context.answer(gathered).await? {
                        break __nexus::std::Result::Ok(());
                    }
                }
            };
            let emits = item.map_or_else(
                || quote!(.and::<<#output as __nexus::Answer>::Emits>()),
                |item| quote!(.and_returned::<#item>()),
            );
            (quote!(mut), body, emits)
        } else {
            // The type may come from elsewhere than the annotation, so that a name that stands there is another one.
            let (start, end) = ends(item.as_ref().unwrap_or(&output));
            let at_type = quote_spanned!(start=> __context);
            let stream = quote_spanned!(end=> __stream);
            let pull = quote_spanned!(end=> .pull(#stream).await);
            let body = quote! {
                #(#before)*
                let #stream = #name(#(#arguments),*);
                let mut #at_type = #context;
                #at_type #pull
            };
            let item = item.map_or_else(|| quote!(<#output as __nexus::Stream>::Item), |item| quote!(#item));
            (TokenStream::new(), body, quote!(.and_returned::<#item>()))
        };
        let run = task(function, &mutable, &body);
        Flow { emits, states: glue.needs(), role: quote!(Converter { ahead: #ahead, run: #run }) }
    })
}

/// Expands `#[producer]`.
pub(crate) fn producer(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let (mut source, _) = match Source::read("producer", PRODUCER, attribute, item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    let glue = source.parameters();
    let Source { function, errors, .. } = &mut source;
    checks::named_output(&function.signature, "producer", errors);
    let emits = |input| has_word(input, "Emitter") || has_word(input, "Queue");
    if !typed_inputs(&function.signature).any(emits) {
        let name = function.name();
        let help = "add a parameter: `out: Emitter<MyEvent>`";
        errors.push(name, format!("producer `{name}` has no emitter, so it can't emit anything"), help);
    }
    source.finish(|function| {
        let name = function.name();
        let Glue { before, arguments, emits: sets, .. } = &glue;
        let output = function.output();
        let dot_await = function.dot_await();
        let is_unit = |held: &Type| matches!(held, Type::Tuple(tuple) if tuple.elems.is_empty());
        let (output, result) = with_boxed_error(&output, here!(result), is_unit);
        let body = here! {
            #(#before)*
            let result = #name(#(#arguments),*) #dot_await;
            <#output as __nexus::Ended>::ended(#result)
        };
        let role = if function.is_async() {
            let run = task(function, &TokenStream::new(), &body);
            quote!(Producer { run: #run })
        } else {
            let context = Side::Source.context();
            let run = here!(|#context| { #body });
            quote!(BlockingProducer { run: #run })
        };
        Flow { emits: quote!(#(.and::<#sets>())*), states: glue.needs(), role }
    })
}

/// Expands `#[timer]`.
pub(crate) fn timer(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let given = written(&attribute);
    let (mut source, mut arguments) = match Source::read("timer", TIMER, attribute, item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    let Source { function, errors, .. } = &mut source;
    let name = function.name();
    if arguments.place("every").is_none() && arguments.readable {
        let rest = if given.is_empty() { given } else { format!(", {given}") };
        errors.push(
            name,
            format!("timer `{name}` has no `every`"),
            format!("write `#[timer(every = \"1s\"{rest})]`"),
        );
    }
    let every = arguments.expression("every", errors).and_then(|every| period::read(&every, errors));
    let count = count(name, &mut arguments, errors);
    checks::named_output(&function.signature, "timer", errors);
    let mut glue = Glue::default();
    for (nth, input) in typed_inputs(&function.signature).enumerate() {
        match last_segment(input).map(|name| name.to_string()).as_deref() {
            Some("i64") if nth == 0 => glue.arguments.push(here!(count)),
            Some("i64") => {
                let what = format!("timer `{name}` has another parameter before its count");
                errors.push(input, what, "move it to the front: `count: i64`");
            }
            Some(
                "i8" | "i16" | "i32" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize",
            ) => {
                let what = format!("timer `{name}` counts in `i64`, but takes `{}`", written(input));
                errors.push(input, what, "write `i64`");
            }
            _ => parameter(&mut glue, input, "timer", name, errors),
        }
    }
    source.returns_events("let it return an event, or `Option<MyEvent>`");
    source.finish(|function| {
        let name = function.name();
        let output = function.output();
        let Glue { before, arguments, .. } = &glue;
        let (dot_await, context) = (function.dot_await(), Side::Source.context());
        let returned = Returned::of(&output);
        let (events, give) = (returned.events, returned.give(&here!(to)));
        let body = here! {
            #(#before)*
            while let __nexus::std::Option::Some(count) = #context.tick().await {
                let outcome = #name(#(#arguments),*) #dot_await;
                let gathered = #context.gathered(|to| #give);
                if !#context.ticked(gathered).await? {
                    break;
                }
            }
            __nexus::std::Result::Ok(())
        };
        let run = task(function, &quote!(mut), &body);
        Flow {
            emits: quote!(.and_returned::<#events>()),
            states: glue.needs(),
            role: quote!(Timer { every: || #every, count: __nexus::Count::#count, run: #run }),
        }
    })
}

/// The kind of a timer.
fn count(name: &Ident, arguments: &mut Arguments, errors: &mut Errors) -> TokenStream {
    let kinds = ["once", "count_up", "count_down"].map(|kind| arguments.place(kind));
    let mut places = kinds.into_iter().flatten();
    if let (Some(_), Some(second)) = (places.next(), places.next()) {
        let help = "keep one of `once`, `count_up = …`, `count_down = …`";
        errors.push_at(second, format!("timer `{name}` has more than one kind"), help);
    }
    let once = arguments.flag("once", errors);
    let mut ticks = |kind| arguments.count::<i64>(kind, errors).map(number);
    match (once, ticks("count_up"), ticks("count_down")) {
        (true, ..) => quote!(Once),
        (_, Some(up), _) => quote!(Up(#up)),
        (_, _, Some(down)) => quote!(Down(#down)),
        (false, None, None) => quote!(Ongoing),
    }
}

/// The closure that runs a source as a task.
fn task(function: &Function, mutable: &TokenStream, body: &TokenStream) -> TokenStream {
    let context = Side::Source.context();
    // At the name, so that an error about the future points there.
    let span = name_span(function);
    let future = quote_spanned!(span=> __nexus::std::Box::pin(async move { #body }));
    here!(|#mutable #context| #future)
}

fn parameter(glue: &mut Glue, ty: &Type, word: &str, name: &Ident, errors: &mut Errors) {
    let whose = format!("{word} `{name}`");
    if word != "producer" && has_word(ty, "Emitter") {
        let help = "make it a `#[producer]`, or remove this parameter";
        errors.push(ty, format!("{whose} takes an emitter, but returns its events"), help);
    } else {
        glue.add(ty, Side::Source, &whose, errors);
    }
}

/// The type of a stream's items, if it is written in the type of the stream.
fn stream(function: &Function, output: &Type, errors: &mut Errors) -> Option<Type> {
    let (name, text) = (function.name(), written(output));
    let item = stream_item(output);
    let inner = first_argument(output);
    let help = match (output, last_segment(output).map(|name| name.to_string()).as_deref()) {
        (_, Some("Option")) => format!("write `async fn {name}`, to be asked for one event after another"),
        (_, Some("Result"))
            if inner.is_some_and(|inner| last_segment(inner).is_some_and(|last| last == "Option")) =>
        {
            format!("write `async fn {name}`")
        }
        (_, Some("Result")) => {
            let inner = inner.map_or_else(|| "MyEvent".to_owned(), written);
            format!("write `async fn {name}`, and return `Result<Option<{inner}>>`")
        }
        (_, Some("Vec")) => {
            let inner = inner.map_or_else(|| "MyEvent".to_owned(), written);
            format!("return `impl Stream<Item = {inner}>`: `futures_util::stream::iter(…)`")
        }
        (Type::ImplTrait(_), _) if item.is_none() => {
            errors.push(
                output,
                format!("converter `{name}` does not say what its stream yields"),
                "write `impl Stream<Item = MyEvent>`",
            );
            return None;
        }
        _ => return item,
    };
    errors.push(output, format!("converter `{name}` returns `{text}`, which is no stream"), help);
    None
}

/// `X` of `Option<X>` and `Result<Option<X>>`.
fn answer_item(ty: &Type) -> Option<Type> {
    let Type::Path(TypePath { path, .. }) = ty else { return None };
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let Some(GenericArgument::Type(first)) = arguments.args.first() else { return None };
    match last.ident.to_string().as_str() {
        "Option" => Some(first.clone()),
        "Result" => answer_item(first),
        _ => None,
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
            let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
                return None;
            };
            return arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner) => stream_item(inner),
                _ => None,
            });
        }
        _ => return None,
    };
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(item.ty.clone()),
            _ => None,
        })
    })
}
