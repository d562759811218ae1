//! `link_crates!`: forces crates to be linked, and leaves a record that says so.

use std::path::Path as FilePath;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Path, Token};

use crate::diagnostics::Errors;
use crate::paths::Root;
use crate::record::Record;

/// Expands `link_crates!(a, b::c)`. `arguments` is the compiler's command line, which tells what a dependency is really
/// called: `--extern alias=…/libreal_name-0123.rlib`.
pub(crate) fn link_crates(crates: TokenStream, arguments: &[String]) -> TokenStream {
    let mut errors = Errors::default();
    let (root, paths) = match read.parse2(crates.clone()) {
        Ok(read) => read,
        Err(error) => {
            if let Some(late) = late_root(crates) {
                let help = "write `nexus::link_crates!(crate = ::nexus, plug_a);`";
                errors.push_at(late, "`crate = …` has to stand first", help);
                return errors.into_tokens();
            }
            let help = "write `nexus::link_crates!(plug_a, plug_b);`";
            errors.push_at(error.span(), "`link_crates!` takes the names of crates", help);
            return errors.into_tokens();
        }
    };
    if paths.is_empty() {
        let help = "write `nexus::link_crates!(plug_a, plug_b);`";
        errors.push_at(Span::call_site(), "`link_crates!` names no crate", help);
        return errors.into_tokens();
    }
    paths.iter().map(|path| link(path, &root, arguments)).collect()
}

/// `crate = …`, if it stands first, and the crates.
fn read(input: ParseStream<'_>) -> syn::Result<(Root, Punctuated<Path, Token![,]>)> {
    let mut root = None;
    if input.peek(Token![crate]) && input.peek2(Token![=]) {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        root = Some(input.parse()?);
        input.parse::<Option<Token![,]>>()?;
    }
    Ok((Root::new(root), Punctuated::parse_terminated(input)?))
}

/// Where `crate =` stands.
fn late_root(crates: TokenStream) -> Option<Span> {
    let mut tokens = crates.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let TokenTree::Ident(word) = &token
            && word == "crate"
            && tokens.peek().is_some_and(|next| next.to_string() == "=")
        {
            return Some(word.span());
        }
    }
    None
}

/// Names the crate, which makes the linker keep it, and leaves a record by which `build()` checks that this was of use.
///
/// A path through another crate is not checked: what it re-exports may have another name there.
fn link(path: &Path, root: &Root, arguments: &[String]) -> TokenStream {
    let alias = path.segments.first().filter(|_| path.segments.len() == 1);
    let library = alias.and_then(|alias| library(&alias.ident.unraw().to_string(), arguments));
    let record = library.map(|library| {
        let import = root.import();
        let record = Record {
            name: library.clone(),
            at: path.span(),
            domain: None,
            order: 0,
            emits: TokenStream::new(),
            states: TokenStream::new(),
            meta: false,
            role: quote!(Link { library: #library }),
        };
        let record = record.into_tokens();
        quote! {
            const _: () = {
                #import
                const RECORDS: &[__nexus::Record] = &[#record];
                __nexus::inventory::submit! { __nexus::Submission(RECORDS) }
            };
        }
    });
    // At the path, so that an unknown crate is reported there.
    let import = quote_spanned!(path.span()=> use #path as _;);
    quote! {
        #[allow(unused_imports)]
        #import
        #record
    }
}

/// The real name of the library that is known here as `alias`; `None` if it is not a dependency.
pub(crate) fn library(alias: &str, arguments: &[String]) -> Option<String> {
    let before = std::iter::once("").chain(arguments.iter().map(String::as_str));
    let externs = before.zip(arguments).filter_map(|(before, argument)| {
        argument.strip_prefix("--extern=").or_else(|| (before == "--extern").then_some(argument))
    });
    let file = externs.filter_map(|dependency| dependency.split_once('=')).find_map(|(name, file)| {
        // `priv:` and `noprelude:` may stand before the name.
        (name.rsplit(':').next() == Some(alias)).then_some(file)
    })?;
    let stem = FilePath::new(file).file_stem()?.to_str()?.strip_prefix("lib")?;
    Some(stem.split_once('-').map_or(stem, |(name, _)| name).to_owned())
}
