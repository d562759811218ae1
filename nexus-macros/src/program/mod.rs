//! `#[nexus::main]`, `#[derive(Domain)]` and `link_crates!`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{DeriveInput, Path, Token};

use crate::attributes::{Arguments, Key, key};
use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::signature::Function;

const MAIN: &[Key] = &[
    key("flavor", "flavor = \"current_thread\""),
    key("worker_threads", "worker_threads = 2"),
    key("crate", "crate = ::nexus"),
];

/// Expands `#[nexus::main]`.
pub(crate) fn main(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match Function::read(item, "nexus::main") {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut arguments = Arguments::parse(attribute, false, MAIN, &mut errors);
    let flavor = arguments.string("flavor", "flavor = \"current_thread\"", &mut errors);
    let threads: Option<usize> =
        arguments.integer("worker_threads", "worker_threads = 2", "an integer from 1 on", &mut errors);
    let root = arguments.root(&mut errors);
    let flavor = match (flavor.as_ref().map(syn::LitStr::value).as_deref(), threads) {
        (None | Some("multi_thread"), None) => quote!(MultiThread(__nexus::std::Option::None)),
        (None | Some("multi_thread"), Some(0)) => {
            errors.push(function.name(), "a runtime without threads", "write `worker_threads = 1` or more");
            TokenStream::new()
        }
        (None | Some("multi_thread"), Some(threads)) => quote!(MultiThread(__nexus::std::Option::Some(#threads))),
        (Some("current_thread"), None) => quote!(CurrentThread),
        (Some("current_thread"), Some(_)) => {
            errors.push(&flavor, "`current_thread` has no worker threads", "remove `worker_threads`, or write `flavor = \"multi_thread\"`");
            TokenStream::new()
        }
        (Some(other), _) => {
            let help = "expected one of `flavor = \"multi_thread\"`, `flavor = \"current_thread\"`";
            errors.push(&flavor, format!("`{other}` is no flavor of runtime"), help);
            TokenStream::new()
        }
    };
    let (name, signature) = (function.name(), &function.signature);
    if !function.is_async() {
        errors.push(signature.fn_token, format!("`{name}` has to be `async` to run a nexus"), format!("write `async fn {name}()`"));
    }
    if !signature.inputs.is_empty() {
        errors.push(&signature.inputs, format!("`{name}` takes no parameters"), "read the arguments with `std::env::args()`, or with `clap`");
    }
    if !errors.is_empty() {
        let errors = errors.into_tokens();
        // A `main` of the right kind, so that its absence is no second error.
        return quote!(#errors fn #name() {} const _: () = { #[allow(dead_code)] #function };);
    }
    let import = root.import();
    let (attributes, visibility) = (&function.attributes, &function.visibility);
    let inner = Inner(&function);
    let run = syn::Ident::new("run_main", function.output().span());
    quote! {
        #(#attributes)*
        #visibility fn #name() -> ::std::process::ExitCode {
            #import
            #inner
            __nexus::#run(__nexus::MainOptions { flavor: __nexus::Flavor::#flavor }, #name())
        }
    }
}

/// A function without its attributes.
struct Inner<'a>(&'a Function);

impl ToTokens for Inner<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.signature.to_tokens(tokens);
        self.0.body().to_tokens(tokens);
    }
}

/// Expands `#[derive(Domain)]`.
pub(crate) fn domain(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let input = match (|input: syn::parse::ParseStream<'_>| input.parse::<DeriveInput>()).parse2(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut root = Root::default();
    let mut name = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("domain")) {
        const KEYS: &[Key] = &[key("name", "name = \"plant.Audit\""), key("crate", "crate = ::nexus")];
        let tokens = match &attribute.meta {
            syn::Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        let mut arguments = Arguments::parse(tokens, false, KEYS, &mut errors);
        name = arguments.string("name", "name = \"plant.Audit\"", &mut errors);
        root = arguments.root(&mut errors);
    }
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        errors.push(&input.generics, format!("domain `{ident}` is generic"), "write a unit struct for each domain");
        return errors.into_tokens();
    }
    let name = name.map_or_else(|| ident.unraw().to_string(), |name| name.value());
    let import = root.import();
    let errors = errors.into_tokens();
    quote! {
        #errors
        const _: () = {
            #import
            impl __nexus::Domain for #ident {
                const NAME: &'static str = #name;
            }
        };
    }
}

/// Expands `link_crates!(a, b::c)`. `arguments` is the compiler's command line, which tells what a renamed dependency is
/// really called: `--extern alias=…/libreal_name-0123.rlib`.
pub(crate) fn link_crates(crates: TokenStream, arguments: &[String]) -> TokenStream {
    let paths = match Punctuated::<Path, Token![,]>::parse_terminated.parse2(crates) {
        Ok(paths) => paths,
        Err(error) => return error.to_compile_error(),
    };
    if paths.is_empty() {
        let mut errors = Errors::default();
        errors.push_at(proc_macro2::Span::call_site(), "`link_crates!` names no crate", "write `nexus::link_crates!(plug_a, plug_b);`");
        return errors.into_tokens();
    }
    let import = Root::default().import();
    let links = paths.iter().map(|path| {
        let last = path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default();
        let library = if path.segments.len() == 1 { library(&last, arguments).unwrap_or(last) } else { last };
        let location = quote::quote_spanned! {path.span()=>
            __nexus::Location {
                file: __nexus::std::core::file!(),
                line: __nexus::std::core::line!(),
                column: __nexus::std::core::column!(),
            }
        };
        quote! {
            #[allow(unused_imports)]
            use #path as _;
            const _: () = {
                #import
                __nexus::inventory::submit! {
                    __nexus::Submission(&[__nexus::Record {
                        name: #library,
                        module: __nexus::std::core::module_path!(),
                        location: #location,
                        domain: __nexus::DomainKey::of::<__nexus::Main>,
                        order: 0,
                        emits: || __nexus::Emits::none(),
                        states: &[],
                        role: __nexus::Role::Link { library: #library },
                    }])
                }
            };
        }
    });
    quote!(#(#links)*)
}

/// The real name of the library that is known here as `alias`.
fn library(alias: &str, arguments: &[String]) -> Option<String> {
    let file = arguments.iter().find_map(|argument| {
        let (name, file) = argument.strip_prefix("--extern=").unwrap_or(argument).split_once('=')?;
        // `priv:` and `noprelude:` may stand before the name.
        (name.rsplit(':').next() == Some(alias)).then_some(file)
    })?;
    let stem = std::path::Path::new(file).file_stem()?.to_str()?.strip_prefix("lib")?;
    Some(stem.rsplit_once('-').map_or(stem, |(name, _)| name).to_owned())
}
