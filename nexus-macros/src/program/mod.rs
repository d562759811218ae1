//! `#[nexus::main]`, `#[derive(Domain)]` and `link_crates!`.

mod link;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::DeriveInput;
use syn::ext::IdentExt;
use syn::parse::Parser;

#[cfg(test)]
pub(crate) use link::library;
pub(crate) use link::link_crates;

use crate::attributes::{Arguments, Key, key};
use crate::checks;
use crate::derive::Helper;
use crate::diagnostics::Errors;
use crate::record::{number, shared};
use crate::signature::Function;

const MAIN: &[Key] = &[
    key("flavor", "flavor = \"current_thread\""),
    key("worker_threads", "worker_threads = 2"),
    key("crate", "crate = ::nexus"),
];

/// Expands `#[nexus::main]`.
pub(crate) fn main(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let function = match Function::read(item, "nexus::main") {
        Ok(function) => function,
        Err(tokens) => return tokens,
    };
    let mut errors = Errors::default();
    let mut arguments = Arguments::parse(attribute, None, MAIN, &mut errors);
    let flavor = flavor(&mut arguments, &mut errors);
    let root = arguments.root(&mut errors);
    let (name, signature) = (function.name(), &function.signature);
    checks::main(&function, &mut errors);
    checks::named_output(signature, "program", &mut errors);
    if !errors.is_empty() {
        let errors = errors.into_tokens();
        let mut function = function;
        function.attributes.retain(|attribute| !checks::runs_main(attribute));
        let name = function.name();
        // A `main` of the right kind, so that its absence is no second error.
        return quote! {
            #errors
            fn #name() {}
            const _: () = {
                #[allow(dead_code)]
                #function
            };
        };
    }
    let import = root.import();
    let Function { attributes, visibility, .. } = &function;
    let (inner, output) = (Inner(&function), function.output());
    quote! {
        #(#attributes)*
        #visibility fn #name() -> ::std::process::ExitCode {
            #import
            #inner
            __nexus::run_main::<#output>(__nexus::MainOptions { flavor: __nexus::Flavor::#flavor }, #name())
        }
    }
}

/// The runtime that the arguments ask for.
fn flavor(arguments: &mut Arguments, errors: &mut Errors) -> TokenStream {
    let flavor = arguments.string("flavor", errors);
    let place = arguments.place("worker_threads");
    let threads: Option<usize> = arguments.count("worker_threads", errors);
    let name = flavor.as_ref().map(syn::LitStr::value);
    match (name.as_deref(), place) {
        (None | Some("multi_thread"), _) => {
            let threads = threads.map(number).map_or_else(|| quote!(None), |threads| quote!(Some(#threads)));
            quote!(MultiThread(__nexus::std::Option::#threads))
        }
        (Some("current_thread"), None) => quote!(CurrentThread),
        (Some("current_thread"), Some(place)) => {
            let help = "remove `worker_threads`, or write `flavor = \"multi_thread\"`";
            errors.push_at(place, "a runtime of one thread has no workers", help);
            TokenStream::new()
        }
        (Some(other), _) => {
            let help = "expected one of `flavor = \"multi_thread\"`, `flavor = \"current_thread\"`";
            errors.push(&flavor, format!("`{other}` is no flavor of runtime"), help);
            TokenStream::new()
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

const DOMAIN: &[Key] = &[key("name", "name = \"plant.Audit\""), key("crate", "crate = ::nexus")];

/// Expands `#[derive(Domain)]`.
pub(crate) fn domain(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match Parser::parse2(syn::parse::Parse::parse, item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let helper = Helper { name: "domain", example: "#[domain(name = \"plant.Audit\")]" };
    let tokens = helper.read(&input.attrs, &mut errors).unwrap_or_default();
    let mut arguments = Arguments::parse(tokens, None, DOMAIN, &mut errors);
    let name = arguments.string("name", &mut errors);
    let root = arguments.root(&mut errors);
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            format!("domain `{ident}` is generic"),
            "write a unit struct for each domain",
        );
    }
    if let Some(name) = &name {
        checks::name(name, "domain", ident, &mut errors);
    }
    let name = name.map_or_else(|| ident.unraw().to_string(), |name| name.value());
    let import = root.import();
    let errors = errors.into_tokens();
    let (parameters, arguments, _) = input.generics.split_for_impl();
    // For a generic struct, `'static` has to be said; the mistake is then the only error.
    let clause = (!input.generics.params.is_empty()).then(|| quote!(where Self: 'static));
    let shared = shared(&input.attrs);
    quote! {
        #errors
        #shared
        const _: () = {
            #import
            impl #parameters __nexus::Domain for #ident #arguments #clause {
                const NAME: &'static str = #name;
            }
        };
    }
}
