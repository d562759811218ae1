//! An editor sends code while it is being typed: an expander never panics on it, and always gives it back.
//!
//! `ITEMS` and `ARGUMENTS` are made up, and go through every expander. Besides, everything that is annotated in the UI cases
//! and in the examples goes through its own expander, once for each of its beginnings, inside of brackets too. The body of a
//! function is opaque to all expanders, so of the beginnings inside of one there is only a sample: those that end in the body
//! itself, and not in brackets inside of it.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::{ATTRIBUTES, Attribute, DERIVES, Derive, attribute, flat, tokens};
use crate::program;
use crate::signature::annotation;

/// Items that together use everything that an expander reads.
const ITEMS: [&str; 14] = [
    "#[derive(Clone)] pub struct Alarm<T: Clone = u8> where T: Send { pub sensor: u32, value: T }",
    "#[boundary(from = Main, to = Audit, events(Alarm, Page), capacity = 1)] #[fanout(Reading)] pub struct Both;",
    "#[fanout(Reading, default)] #[fanout(order = 1,)] struct Sinks<'a> { pub store: Store, #[fanout(skip)] log: &'a Log }",
    "pub(crate) enum Change { Up(u8), Down { by: u8 } }",
    "union Bits { int: u32, float: f32 }",
    "#[cfg(all(test, unix))] pub async fn watch(event: &Event, queue: &mut Queue<(Alarm, Report)>, limits: &Limits,) \
     -> Result<Option<Page>, Error> { let page = queue. ; Ok(None) }",
    "unsafe extern \"C\" fn raw<'a, T>(r#type: &'a r#Type, #[cfg(x)] y: impl Sized, mut z: Arc<dyn A>, ...) \
     -> impl Stream<Item = Reading> + 'a where T: Sized { body }",
    "const fn tick(&self, count: i64) -> Tick { }",
    "default fn patterns(&Reading { celsius, .. }: &Reading, (a, b): Emitter<(A, B)>, s: &str, m: &mut State) {}",
    "fn no_body(event: &Reading);",
    "#[allow(unused)] unsafe impl<T> Handle for Billing<T> where T: Send { #![doc = \"inside\"] const N: u8 = 1; \
     type X = u8; #[handler(OrderPlaced, order = 2)] #[filter] pub async fn on(&mut self, o: &OrderPlaced) -> Invoice { x } \
     #[timer(every = \"1s\")] fn tick(self: Box<Self>) {} fn helper() -> impl Sized {} macro_call!(); }",
    "impl Billing { #[filter] fn keep(self, event: &Event) -> Verdict { Verdict::Pass } #[handler] fn f() }",
    "mod inner { fn watch() {} }",
    "#[handler(Other)] #[nexus::timer(every = \"1s\")] static X: u8 = { 3 };",
];

/// Arguments that together use everything that an annotation takes.
const ARGUMENTS: [&str; 8] = [
    "Reading, domain = plant::Audit, order = -10, as = WatchHandler, crate = ::nexus",
    "-10, mask = 0b0110, order = 1",
    "-5..=-1, 100..200, ..=5, 1.., .., 'c', 1.5, b\"x\", true, _, \"\", 99999999999999999999999999, -\"x\"",
    "from = Main, to = plant::Audit, events(Alarm, Page<A, B>, &'a C, (D, E), , 5, -), replies(AlarmSeen), \
     capacity = 50, ahead(1), events = (A, B), replies, default, skip, skip(1)",
    "name = \"plant.Alarm\", priority = -0x10, exclusive, unhandled = discard, default, once = 3",
    "every = |limits: &Limits, x| limits.period(1, 2), once, count_up = 7, count_down = 0, ahead = 256",
    "flavor = \"multi_thread\", worker_threads = 2 2, , = 3, \"text\", 5, a::b<C, D>, (A, B), &'a mut [u8]",
    "as, crate =, every =, dyn, impl = fn, r#as = r#type, -, ::, $, #, 'a",
];

/// Every beginning of the tokens, inside of brackets too; these are always closed.
fn beginnings(tokens: &TokenStream) -> Vec<TokenStream> {
    cut(tokens, &|_| true)
}

/// The beginnings of an item: of the bodies of functions, only those that end in no brackets inside of them.
fn beginnings_of_item(tokens: &TokenStream) -> Vec<TokenStream> {
    cut(tokens, &|before| {
        // Behind the last member or statement.
        let mut words: Vec<TokenTree> = before.clone().into_iter().collect();
        let end = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            token => token.to_string() == ";",
        };
        if let Some(last) = words.iter().rposition(end) {
            words.drain(..=last);
        }
        !words.iter().any(|token| token.to_string() == "fn")
    })
}

/// Every beginning, and inside of brackets too; `deep` says of what stands before braces whether there are brackets to be cut
/// in them.
fn cut(tokens: &TokenStream, deep: &dyn Fn(&TokenStream) -> bool) -> Vec<TokenStream> {
    let mut found = vec![TokenStream::new()];
    let mut before = TokenStream::new();
    for token in tokens.clone() {
        if let TokenTree::Group(group) = &token {
            let inside = if group.delimiter() != Delimiter::Brace || deep(&before) {
                cut(&group.stream(), deep)
            } else {
                flat_beginnings(&group.stream())
            };
            for inside in inside {
                let half = Group::new(group.delimiter(), inside);
                found.push(quote!(#before #half));
            }
        }
        before.extend([token]);
        found.push(before.clone());
    }
    found
}

/// The beginnings that do not end in brackets.
fn flat_beginnings(tokens: &TokenStream) -> Vec<TokenStream> {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..=all.len()).map(|end| all[..end].iter().cloned().collect()).collect()
}

/// Tokens without the annotations of methods, which `#[handlers]` takes off, and without lints, of which it adds some.
fn without_annotations(tokens: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut rest = tokens.clone().into_iter().peekable();
    while let Some(token) = rest.next() {
        let attribute = match (&token, rest.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => {
                let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, quote!(#hash #group));
                let lints = flat(&group.stream()).contains(&"clippy".to_owned());
                lints || parsed.is_ok_and(|attributes| attributes.iter().any(|one| annotation(one).is_some()))
            }
            _ => false,
        };
        if attribute {
            rest.next();
            continue;
        }
        out.extend([match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), without_annotations(&group.stream())).into()
            }
            token => token,
        }]);
    }
    out
}

fn contains(outer: &[String], inner: &[String]) -> bool {
    inner.is_empty() || outer.windows(inner.len()).any(|window| window == inner)
}

/// Whether the words of `inner` stand in `outer`, one behind another, with others between them.
fn in_order(outer: &[String], inner: &[String]) -> bool {
    let mut outer = outer.iter();
    inner.iter().all(|word| outer.any(|other| other == word))
}

/// Expands, and looks for the item in what comes out.
fn gives_back(name: &str, expander: Attribute, arguments: &TokenStream, item: &TokenStream) {
    let out = expander(arguments.clone(), item);
    let kept = match name {
        // A method may get an attribute, and one that can't be compiled gets a substitute: it is variadic, or has a queue that
        // does not say its events in one type.
        "handlers" => {
            let (kept, item) = (flat(&without_annotations(&out)), flat(&without_annotations(item)));
            let variadic = item.windows(3).any(|three| three == [".", ".", "."]);
            let misdeclared = item.iter().any(|word| word == "Queue");
            contains(&kept, &item) || ((variadic || misdeclared) && in_order(&kept, &item))
        }
        // The attributes of a `main` go to the function that is generated around it, if they are no second `main`.
        "main" => {
            let (attributes, rest) = leading_attributes(item);
            attributes.iter().all(|attribute| contains(&flat(&out), &flat(attribute)))
                && contains(&flat(&out), &flat(&rest))
        }
        _ => contains(&flat(&out), &flat(item)),
    };
    assert!(kept, "`#[{name}({arguments})]` lost a part of:\n{item}\nin:\n{out}");
}

fn leading_attributes(item: &TokenStream) -> (Vec<TokenStream>, TokenStream) {
    let mut tokens = item.clone().into_iter().peekable();
    let mut attributes = Vec::new();
    while tokens.peek().is_some_and(|token| token.to_string() == "#") {
        let attribute: TokenStream = tokens.by_ref().take(2).collect();
        if !flat(&attribute).contains(&"main".to_owned()) {
            attributes.push(attribute);
        }
    }
    let mut rest: TokenStream = tokens.collect();
    // The visibility goes there too.
    let words = flat(&rest);
    if words.first().is_some_and(|word| word == "pub") {
        let inside = words.get(1).is_some_and(|word| word == "(");
        rest = rest.into_iter().skip(if inside { 2 } else { 1 }).collect();
    }
    (attributes, rest)
}

#[test]
fn every_beginning_of_an_item_comes_back_from_every_expander() {
    for item in ITEMS {
        for beginning in beginnings(&tokens(item)) {
            for (name, expander) in ATTRIBUTES {
                for arguments in ["", "Reading", "10", "every = \"1s\""] {
                    gives_back(name, expander, &tokens(arguments), &beginning);
                }
            }
            for (_, helper, derive) in DERIVES {
                let helper = tokens(helper);
                derive(beginning.clone());
                derive(quote!(#[#helper(Reading, from = Main, to = Audit, events(Reading))] #beginning));
            }
            program::link_crates(beginning, &[]);
        }
    }
}

#[test]
fn every_beginning_of_the_arguments_leaves_the_item_whole() {
    for arguments in ARGUMENTS {
        for beginning in beginnings(&tokens(arguments)) {
            for (name, expander) in ATTRIBUTES {
                for item in [
                    "struct Alarm;",
                    "fn watch(reading: &Reading) {}",
                    "impl Billing {}",
                    "async fn main() {}",
                ] {
                    gives_back(name, expander, &beginning, &tokens(item));
                }
            }
            for (_, helper, derive) in DERIVES {
                let helper = tokens(helper);
                derive(quote!(
                    #[#helper(#beginning)]
                    struct Audit(#[#helper(#beginning)] Log, Store);
                ));
                derive(quote!(#[#helper = #beginning] struct Audit { #[#helper = #beginning] log: Log }));
            }
        }
    }
}

#[test]
fn a_beginning_is_cut_inside_brackets_too() {
    let all: Vec<String> = beginnings(&tokens("a (b) c")).iter().map(ToString::to_string).collect();
    assert_eq!(all, ["", "a", "a ()", "a (b)", "a (b)", "a (b) c"]);
}

#[test]
fn a_body_of_any_tokens_expands_without_an_error() {
    let handler = attribute("handler");
    let out = handler(
        tokens("Reading"),
        &tokens("fn watch(reading: &Reading) { let x = reading. ; ) }".replace(") }", "}").as_str()),
    );
    assert!(super::messages(out).is_empty());
}

/// An annotated item of a file: its annotations, each with its arguments and with what it annotates.
struct Annotated {
    expanders: Vec<(&'static str, Attribute, TokenStream, TokenStream)>,
    /// The derives get the item as a whole.
    derives: Vec<Derive>,
    item: TokenStream,
}

/// The annotated items of a file, inside of brackets too: found by their attributes, so that a file need not parse.
fn annotated(tokens: &TokenStream, found: &mut Vec<Annotated>) {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while at < all.len() {
        if let TokenTree::Group(group) = &all[at] {
            annotated(&group.stream(), found);
        }
        let attributes = attributes_at(&all[at..]);
        if attributes.is_empty() {
            at += 1;
            continue;
        }
        let from = at + 2 * attributes.len();
        // An item ends with its braces, or with a semicolon.
        let ends = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            token => token.to_string() == ";",
        };
        let end = all[from..].iter().position(ends).map_or(all.len(), |length| from + length + 1);
        let expanders = attributes.iter().enumerate().filter_map(|(nth, attribute)| {
            let (name, expander, arguments) = expander_of(attribute)?;
            let others = all[at..at + 2 * nth].iter().chain(&all[at + 2 * nth + 2..end]);
            Some((name, expander, arguments, others.cloned().collect()))
        });
        let expanders: Vec<_> = expanders.collect();
        let derives: Vec<Derive> = attributes.iter().flat_map(derives_of).collect();
        if !(expanders.is_empty() && derives.is_empty()) {
            found.push(Annotated { expanders, derives, item: all[at..end].iter().cloned().collect() });
        }
        for token in &all[from..end] {
            if let TokenTree::Group(group) = token {
                annotated(&group.stream(), found);
            }
        }
        at = end;
    }
}

/// The insides of the attributes that stand here.
fn attributes_at(tokens: &[TokenTree]) -> Vec<TokenStream> {
    let attribute = |pair: &[TokenTree]| match pair {
        [TokenTree::Punct(hash), TokenTree::Group(group)]
            if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group.stream())
        }
        _ => None,
    };
    tokens.chunks(2).map_while(attribute).collect()
}

/// The expander of an attribute, and its arguments.
fn expander_of(attribute: &TokenStream) -> Option<(&'static str, Attribute, TokenStream)> {
    let mut path = String::new();
    let mut arguments = TokenStream::new();
    for token in attribute.clone() {
        match token {
            TokenTree::Group(group) => arguments = group.stream(),
            token => path.push_str(&token.to_string()),
        }
    }
    let (krate, name) = path.rsplit_once("::").unwrap_or(("nexus", &path));
    let ours = krate != "tokio" && (name != "main" || path.contains("::"));
    let (name, expander) = ATTRIBUTES.into_iter().find(|(known, _)| ours && *known == name)?;
    Some((name, expander, arguments))
}

fn derives_of(attribute: &TokenStream) -> Vec<Derive> {
    let words = flat(attribute);
    let is_derive = words.first().is_some_and(|first| first == "derive");
    let named = DERIVES.into_iter().filter(|(name, ..)| is_derive && words.contains(&(*name).to_owned()));
    named.map(|(.., derive)| derive).collect()
}

/// The Rust files in a folder of this repository, and in the folders inside of it.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no file");
    found.sort();
    found
}

/// Expands every beginning of every annotated item in a folder, and every beginning of its arguments. Says how many items
/// there are.
fn every_beginning_in(folder: &str) -> usize {
    let mut count = 0;
    for file in files(folder) {
        let text = fs::read_to_string(&file).expect("a file of text");
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut items = Vec::new();
        annotated(&tokens, &mut items);
        count += items.len();
        for Annotated { expanders, derives, item } in items {
            for (name, expander, arguments, item) in expanders {
                for beginning in beginnings_of_item(&item) {
                    gives_back(name, expander, &arguments, &beginning);
                }
                for beginning in beginnings(&arguments) {
                    gives_back(name, expander, &beginning, &item);
                }
            }
            for derive in derives {
                for beginning in beginnings_of_item(&item) {
                    derive(beginning);
                }
            }
        }
        for beginning in linked(&tokens).iter().flat_map(beginnings) {
            program::link_crates(beginning, &[]);
        }
    }
    count
}

/// What stands in the brackets of `link_crates!`.
fn linked(tokens: &TokenStream) -> Vec<TokenStream> {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let call = |three: &[TokenTree]| match three {
        [name, _, TokenTree::Group(group)] if name.to_string() == "link_crates" => Some(group.stream()),
        _ => None,
    };
    all.windows(3).filter_map(call).collect()
}

#[test]
fn every_beginning_in_the_ui_cases_comes_back() {
    let (mistakes, right) = (every_beginning_in("tests/ui/fail"), every_beginning_in("tests/ui/pass"));
    assert!(mistakes > 300 && right > 100, "{mistakes} items with a mistake, {right} without");
}

#[test]
fn every_beginning_in_the_examples_comes_back() {
    let items = every_beginning_in("examples");
    assert!(items > 40, "{items} items");
}

#[test]
fn annotated_items_are_found_by_their_attributes() {
    let code = "#![deny(warnings)] use nexus::prelude::*; #[named_event(priority = 1)] #[derive(Clone)] struct A; \
                mod inner { #[cfg(x)] #[nexus::handler(A, order = 1)] fn on_a(_: &A) { half. } } \
                #[handlers(default)] impl B { #[filter] fn keep(&self) {} fn other() {} } \
                #[tokio::main] fn main() {} #[derive(Debug, Domain)] struct C; #[derive(Debug)] struct D;";
    let mut found = Vec::new();
    annotated(&tokens(code), &mut found);
    let names: Vec<_> =
        found.iter().flat_map(|one| &one.expanders).map(|one| (one.0, one.2.to_string())).collect();
    let expected = [
        ("named_event", "priority = 1"),
        ("handler", "A , order = 1"),
        ("handlers", "default"),
        ("filter", ""),
    ];
    assert_eq!(names, expected.map(|(name, arguments)| (name, arguments.to_owned())));
    assert_eq!(flat(&found[1].expanders[0].3), flat(&tokens("#[cfg(x)] fn on_a(_: &A) { half. }")));
    assert_eq!(found.iter().map(|one| one.derives.len()).sum::<usize>(), 1);
}

#[test]
fn a_body_is_cut_in_itself_and_not_in_its_brackets() {
    let all: Vec<String> =
        beginnings_of_item(&tokens("impl A { fn f(x) { a(b); } }")).iter().map(ToString::to_string).collect();
    let holds = |text: &str| all.contains(&tokens(text).to_string());
    assert!(
        holds("impl A { fn f() }")
            && holds("impl A { fn f(x) { a } }")
            && holds("impl A { fn f(x) { a(b) } }")
    );
    assert!(!holds("impl A { fn f(x) { a() } }"), "{all:?}");
}
