//! An editor sends code while it is being typed: an expander never panics on it, and always gives it back.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use super::{ATTRIBUTES, Attribute, DERIVES, attribute, flat, tokens};
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
    let mut found = vec![TokenStream::new()];
    let mut before = TokenStream::new();
    for token in tokens.clone() {
        if let TokenTree::Group(group) = &token {
            for inside in beginnings(&group.stream()) {
                let half = Group::new(group.delimiter(), inside);
                found.push(quote!(#before #half));
            }
        }
        before.extend([token]);
        found.push(before.clone());
    }
    found
}

/// Tokens without the annotations of methods, which `#[handlers]` takes off.
fn without_annotations(tokens: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut rest = tokens.clone().into_iter().peekable();
    while let Some(token) = rest.next() {
        let attribute = match (&token, rest.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => {
                let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, quote!(#hash #group));
                parsed.is_ok_and(|attributes| attributes.iter().any(|one| annotation(one).is_some()))
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

/// Expands, and looks for the item in what comes out.
fn gives_back(name: &str, expander: Attribute, arguments: &TokenStream, item: &TokenStream) {
    let out = expander(arguments.clone(), item);
    let kept = match name {
        "handlers" => contains(&flat(&without_annotations(&out)), &flat(&without_annotations(item))),
        // The attributes of a `main` go to the function that is generated around it.
        "main" => {
            let (attributes, rest) = leading_attributes(item);
            contains(&flat(&out), &flat(&attributes)) && contains(&flat(&out), &flat(&rest))
        }
        _ => contains(&flat(&out), &flat(item)),
    };
    assert!(kept, "`#[{name}({arguments})]` lost a part of:\n{item}\nin:\n{out}");
}

fn leading_attributes(item: &TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = item.clone().into_iter().peekable();
    let mut attributes = TokenStream::new();
    while tokens.peek().is_some_and(|token| token.to_string() == "#") {
        attributes.extend(tokens.by_ref().take(2));
    }
    let mut rest: TokenStream = tokens.collect();
    // The visibility goes there too.
    if rest.clone().into_iter().next().is_some_and(|token| token.to_string() == "pub") {
        rest = rest.into_iter().skip(1).collect();
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
