//! `docs/parity.md`, held against the sources and the scenarios: what a row names exists, and what exists has its row.
//!
//! The sources of the crate are read as the compiler reads them: modules, what they re-export, and what a public item has.
//! A path of a row is followed from `nexus` on, segment by segment, through public names only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::parse::Parser as _;
use syn::{Attribute, Fields, ImplItem, Item, Meta, TraitItem, Type, UseTree, Visibility};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path of a module or an item, from the root of the crate.
type Place = Vec<String>;

/// What a name in a module stands for.
enum Named {
    Module,
    Item,
    /// What a `use` names.
    Use(Place),
}

/// What a path leads to.
enum Found {
    Module(Place),
    Item(Place),
    /// Something of another crate.
    Elsewhere,
}

#[derive(Default)]
struct Module {
    /// With whether it is public.
    names: BTreeMap<String, (bool, Named)>,
    /// The modules of which everything public is re-exported.
    globs: Vec<Place>,
}

static NEXUS: LazyLock<Crate> = LazyLock::new(Crate::read);

/// The crate as its users see it.
#[derive(Default)]
struct Crate {
    modules: BTreeMap<Place, Module>,
    /// The public members of types and traits: methods, constants, variants, fields.
    members: BTreeMap<Place, BTreeSet<String>>,
    macros: BTreeSet<String>,
    /// What the module of the annotations re-exports.
    annotations: BTreeSet<String>,
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        Meta::Path(_) | Meta::NameValue(_) => false,
    })
}

fn is_public(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

fn within(place: &[String], name: &str) -> Place {
    place.iter().cloned().chain([name.to_owned()]).collect()
}

impl Crate {
    fn read() -> Self {
        let mut this = Self::default();
        let file = root().join("nexus/src/lib.rs");
        let mut impls = Vec::new();
        this.module(Vec::new(), &syn::parse_file(&read(&file)).unwrap().items, &file, &mut impls);
        // What belongs to which type is known when all modules are.
        for (place, path, names) in impls {
            if let Some(Found::Item(item)) = this.resolve(&place, &path) {
                this.members.entry(item).or_default().extend(names);
            }
        }
        let annotations = &this.modules[&within(&[], "annotations")];
        this.annotations = annotations.names.keys().cloned().collect();
        this
    }

    /// Takes a module in; `file` is where its items stand.
    fn module(
        &mut self,
        place: Place,
        items: &[Item],
        file: &Path,
        impls: &mut Vec<(Place, Place, Vec<String>)>,
    ) {
        let mut module = Module::default();
        for item in items {
            let (name, public, members) = match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let place = within(&place, &name);
                    match &inner.content {
                        Some((_, items)) => self.module(place, items, file, impls),
                        None => {
                            let file = file_of(file, &name);
                            self.module(place, &syn::parse_file(&read(&file)).unwrap().items, &file, impls);
                        }
                    }
                    module.names.insert(name, (is_public(&inner.vis, &inner.attrs), Named::Module));
                    continue;
                }
                Item::Use(used) => {
                    uses(&used.tree, Vec::new(), is_public(&used.vis, &used.attrs), &mut module);
                    continue;
                }
                Item::Macro(made) => {
                    if let Some(name) = &made.ident
                        && made.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"))
                    {
                        self.macros.insert(name.to_string());
                    }
                    continue;
                }
                Item::Impl(block) => {
                    if let (None, Type::Path(of)) = (&block.trait_, &*block.self_ty) {
                        let path = of.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                        impls.push((place.clone(), path, methods(&block.items)));
                    }
                    continue;
                }
                Item::Struct(item) => (&item.ident, is_public(&item.vis, &item.attrs), fields(&item.fields)),
                Item::Enum(item) => {
                    let variants = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
                    (&item.ident, is_public(&item.vis, &item.attrs), variants)
                }
                Item::Trait(item) => {
                    (&item.ident, is_public(&item.vis, &item.attrs), trait_members(&item.items))
                }
                Item::Type(item) => (&item.ident, is_public(&item.vis, &item.attrs), Vec::new()),
                Item::Fn(item) => (&item.sig.ident, is_public(&item.vis, &item.attrs), Vec::new()),
                Item::Const(item) => (&item.ident, is_public(&item.vis, &item.attrs), Vec::new()),
                _ => continue,
            };
            let name = name.to_string();
            self.members.entry(within(&place, &name)).or_default().extend(members);
            module.names.insert(name, (public, Named::Item));
        }
        self.modules.insert(place, module);
    }

    /// Where a path leads that stands in a module, by whatever names.
    fn resolve(&self, from: &[String], path: &[String]) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Found::Module(Vec::new()),
            "self" => Found::Module(from.to_vec()),
            "super" => Found::Module(from[..from.len().checked_sub(1)?].to_vec()),
            _ => self.named(from, first, false).unwrap_or(Found::Elsewhere),
        };
        rest.iter().try_fold(start, |found, name| match found {
            Found::Module(place) => self.named(&place, name, false),
            Found::Elsewhere => Some(Found::Elsewhere),
            Found::Item(_) => None,
        })
    }

    /// What a name in a module leads to; if asked for, only what is public counts.
    fn named(&self, place: &[String], name: &str, public: bool) -> Option<Found> {
        let module = self.modules.get(place)?;
        match module.names.get(name) {
            Some((is_public, _)) if public && !is_public => None,
            Some((_, Named::Module)) => Some(Found::Module(within(place, name))),
            Some((_, Named::Item)) => Some(Found::Item(within(place, name))),
            Some((_, Named::Use(path))) => self.resolve(place, path),
            None => module.globs.iter().find_map(|glob| match self.resolve(place, glob)? {
                Found::Module(place) => self.named(&place, name, true),
                Found::Item(_) | Found::Elsewhere => None,
            }),
        }
    }

    /// Whether a user can write this path: of a module, an item, or a member of one.
    fn has(&self, path: &str) -> bool {
        if let Some(name) = path.strip_suffix('!') {
            return name.strip_prefix("nexus::").is_some_and(|name| self.macros.contains(name));
        }
        let mut found = Found::Module(Vec::new());
        let mut segments = path.split("::").skip(1).peekable();
        while let Some(name) = segments.next() {
            found = match found {
                Found::Module(place) => match self.named(&place, name, true) {
                    Some(found) => found,
                    None => return false,
                },
                Found::Item(place) => {
                    return segments.peek().is_none() && self.members[&place].contains(name);
                }
                Found::Elsewhere => return false,
            };
        }
        true
    }

    /// Whether there is such an annotation, with these keys: `#[timer(every = "1s")]`, `#[derive(Boundary)]`, `#[nexus::main]`.
    fn has_annotation(&self, text: &str) -> bool {
        let Ok(attributes) = Attribute::parse_outer.parse_str(text) else { return false };
        let [attribute] = &attributes[..] else { return false };
        let tokens = match &attribute.meta {
            Meta::List(list) => list.tokens.to_string(),
            Meta::Path(_) | Meta::NameValue(_) => String::new(),
        };
        let path: Vec<String> =
            attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
        match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["derive"] => self.annotations.contains(&tokens),
            [name] | ["nexus", name] => self.annotations.contains(name) && has_keys(name, &tokens),
            _ => false,
        }
    }
}

/// Whether a macro's documentation lists every key that is given a value here.
fn has_keys(name: &str, tokens: &str) -> bool {
    let docs = read(&root().join(format!("nexus-macros/docs/{name}.md")));
    let words: Vec<&str> = tokens.split_whitespace().collect();
    let keys = words.windows(2).filter(|pair| pair[1] == "=").map(|pair| pair[0]);
    keys.into_iter().all(|key| docs.contains(&format!("| `{key} = ")))
}

/// The file of a module that is declared in another file.
fn file_of(parent: &Path, name: &str) -> PathBuf {
    let folder = match parent.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "mod") | None => parent.with_file_name(""),
        Some(_) => parent.with_extension(""),
    };
    let file = folder.join(format!("{name}.rs"));
    if file.exists() { file } else { folder.join(name).join("mod.rs") }
}

fn uses(tree: &UseTree, before: Place, public: bool, module: &mut Module) {
    match tree {
        UseTree::Path(path) => uses(&path.tree, within(&before, &path.ident.to_string()), public, module),
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| uses(tree, before.clone(), public, module));
        }
        UseTree::Glob(_) => module.globs.extend(public.then_some(before)),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let path = within(&before, &name);
            module.names.insert(name, (public, Named::Use(path)));
        }
        UseTree::Rename(name) => {
            let path = within(&before, &name.ident.to_string());
            module.names.insert(name.rename.to_string(), (public, Named::Use(path)));
        }
    }
}

fn methods(items: &[ImplItem]) -> Vec<String> {
    let name = |item: &ImplItem| match item {
        ImplItem::Fn(item) => is_public(&item.vis, &item.attrs).then(|| item.sig.ident.to_string()),
        ImplItem::Const(item) => is_public(&item.vis, &item.attrs).then(|| item.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

fn trait_members(items: &[TraitItem]) -> Vec<String> {
    let name = |item: &TraitItem| {
        let (name, attributes) = match item {
            TraitItem::Fn(item) => (&item.sig.ident, &item.attrs),
            TraitItem::Const(item) => (&item.ident, &item.attrs),
            TraitItem::Type(item) => (&item.ident, &item.attrs),
            _ => return None,
        };
        (!is_hidden(attributes)).then(|| name.to_string())
    };
    items.iter().filter_map(name).collect()
}

fn fields(fields: &Fields) -> Vec<String> {
    let public = fields.iter().filter(|field| is_public(&field.vis, &field.attrs));
    public.filter_map(|field| field.ident.as_ref().map(ToString::to_string)).collect()
}

/// The scenarios, and the numbers of the rules that each covers.
fn scenarios() -> BTreeMap<String, BTreeSet<u64>> {
    let files = std::fs::read_dir(root().join("tests/conformance")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let scenario = |path: std::path::PathBuf| {
        let whole: serde_json::Value = serde_json::from_str(&read(&path)).unwrap();
        let covers = whole["covers"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap());
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), covers.collect())
    };
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "json")).map(scenario).collect()
}

/// Whether there is such a file or folder, or such a test, which is run:
/// `tests/conformance`, `tests/life.rs::a_handler_can_stop_its_own_nexus`.
fn is_test(text: &str) -> bool {
    let Some((file, name)) = text.split_once("::") else { return root().join(text).exists() };
    let path = root().join(file);
    let Ok(source) = std::fs::read_to_string(&path) else { return false };
    let target = format!("path = {:?}", path.file_name().unwrap());
    if !read(&root().join("tests/Cargo.toml")).contains(&target) {
        return false;
    }
    syn::parse_file(&source).unwrap().items.iter().any(|item| match item {
        Item::Fn(item) => {
            let is_test = |attribute: &Attribute| {
                attribute.path().segments.last().is_some_and(|segment| segment.ident == "test")
            };
            item.sig.ident == name && item.attrs.iter().any(is_test)
        }
        _ => false,
    })
}

const NAMES: [&str; 4] = ["in Python", "here", "what is different", "shown by"];
const RULES: [&str; 5] = ["#", "rule", "here", "verdict", "shown by"];

/// A row of a table.
struct Row<'a> {
    line: usize,
    heads: Vec<&'a str>,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn cell(&self, head: &str) -> &'a str {
        let place = self.heads.iter().position(|other| *other == head).unwrap();
        self.cells[place]
    }

    fn is_rule(&self) -> bool {
        self.heads == RULES
    }

    /// The scenarios among what shows it.
    fn scenarios(&self) -> BTreeSet<&'a str> {
        spans(self.cell("shown by")).filter(|span| !span.contains("::") && !span.contains('/')).collect()
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// The rows of all tables, without heads.
fn rows(page: &str) -> Vec<Row<'_>> {
    let mut heads = Vec::new();
    let mut rows = Vec::new();
    let mut before = "";
    for (index, line) in page.lines().enumerate() {
        if line.starts_with("|---") {
            heads = cells(before);
            rows.pop();
        } else if line.starts_with('|') {
            rows.push(Row { line: index + 1, heads: heads.clone(), cells: cells(line) });
        }
        before = line;
    }
    rows
}

/// What stands in back-ticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether the tables leave it out, and say so.
fn is_left_out(here: &str) -> bool {
    ["none", "not here yet"].iter().any(|word| here.starts_with(word))
}

/// What is wrong with what the page names.
fn wrong_names(page: &str) -> Vec<String> {
    let (nexus, scenarios) = (&*NEXUS, scenarios());
    let mut wrong = Vec::new();
    for (index, line) in page.lines().enumerate() {
        for span in spans(line) {
            let what = if span.starts_with("nexus::") && !nexus.has(span) {
                "is no public item"
            } else if span.starts_with("#[") && !nexus.has_annotation(span) {
                "is no annotation"
            } else if span.starts_with("tests/") && !is_test(span) {
                "is no test"
            } else {
                continue;
            };
            let row = if line.starts_with('|') { format!(", {}", cells(line)[0]) } else { String::new() };
            wrong.push(format!("line {}{row}: `{span}` {what}", index + 1));
        }
    }
    for row in rows(page) {
        let mut tell = |what: String| wrong.push(format!("line {}, {}: {what}", row.line, row.cells[0]));
        if row.heads != NAMES && row.heads != RULES || row.cells.len() != row.heads.len() {
            tell("it has other columns than the tables here".to_owned());
            continue;
        }
        for scenario in row.scenarios() {
            if !scenarios.contains_key(scenario) {
                tell(format!("`{scenario}` is no scenario"));
            }
        }
        if row.is_rule() {
            let (verdict, shown) = (row.cell("verdict"), row.cell("shown by"));
            let words = ["kept", "repaired", "finished"];
            if verdict != "not here yet" && !verdict.split(", ").all(|word| words.contains(&word)) {
                tell(format!("`{verdict}` is no verdict"));
            }
            if (verdict == "not here yet") != (shown == "–") {
                tell("what is here is shown by something, and what is not, by nothing".to_owned());
            }
        } else {
            for span in spans(row.cell("here")) {
                if !span.starts_with("nexus::") && !span.starts_with("#[") {
                    tell(format!("`{span}` is neither a path nor an annotation"));
                }
            }
            if row.cell("shown by") == "–" && !is_left_out(row.cell("here")) {
                tell("nothing shows it".to_owned());
            }
        }
    }
    wrong
}

/// Which scenarios and rules have no row, or the wrong one.
fn wrong_rules(page: &str) -> Vec<String> {
    let scenarios = scenarios();
    let mut wrong = Vec::new();
    let rows = rows(page);
    let mut rules = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_rule()) {
        match row.cell("#").parse::<u64>() {
            Ok(number) if !rules.contains_key(&number) => drop(rules.insert(number, row.scenarios())),
            Ok(number) => wrong.push(format!("line {}: the rule {number} has a row already", row.line)),
            Err(_) => wrong.push(format!("line {}: `{}` is no number", row.line, row.cell("#"))),
        }
    }
    for (scenario, covers) in &scenarios {
        if !rows.iter().any(|row| row.scenarios().contains(&**scenario)) {
            wrong.push(format!("no row names the scenario `{scenario}`"));
        }
        for number in covers {
            match rules.get(number) {
                None => wrong.push(format!("the rule {number}, which `{scenario}` covers, has no row")),
                Some(shown) if !shown.contains(&**scenario) => {
                    wrong.push(format!(
                        "the row of the rule {number} does not name `{scenario}`, which covers it"
                    ));
                }
                Some(_) => {}
            }
        }
    }
    for (number, shown) in &rules {
        for scenario in shown {
            if scenarios.get(*scenario).is_some_and(|covers| !covers.contains(number)) {
                wrong.push(format!(
                    "the row of the rule {number} names `{scenario}`, which does not cover it"
                ));
            }
        }
    }
    wrong
}

fn page() -> String {
    read(&root().join("docs/parity.md"))
}

#[test]
fn every_row_names_items_and_scenarios_that_exist() {
    let wrong = wrong_names(&page());
    assert!(wrong.is_empty(), "docs/parity.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_scenario_and_every_rule_that_it_covers_has_its_row() {
    let wrong = wrong_rules(&page());
    assert!(wrong.is_empty(), "docs/parity.md:\n{}", wrong.join("\n"));
}

/// A row of the table of names, and what is wrong with it.
const BAD_NAMES: [(&str, &str); 21] = [
    ("| a | `nexus::Nothing` | – | `boundary` |", "line 3, a: `nexus::Nothing` is no public item"),
    ("| a | `nexus::Handle::registrations` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::dynamic::Fanout::call` | – | `boundary` |", "is no public item"),
    // Public in its module, and not re-exported.
    ("| a | `nexus::Boundary::account` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::boundary::Limits` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::EventFactory` | – | `boundary` |", "is no public item"),
    // The timer of a plan, and the other one.
    ("| a | `nexus::Timer::stop` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::dynamic::Timer::count_up` | – | `boundary` |", "is no public item"),
    // Not public, hidden, of no variant.
    ("| a | `nexus::dynamic::Handler::call` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::Builder::flow_problems` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::State::Draining` | – | `boundary` |", "is no public item"),
    ("| a | `nexus::assert_nothing!` | – | `boundary` |", "is no public item"),
    ("| a | `#[derive(Handler)]` | – | `boundary` |", "is no annotation"),
    ("| a | `#[timer(each = \"1s\")]` | – | `boundary` |", "is no annotation"),
    ("| a | `Handle` | – | `boundary` |", "line 3, a: `Handle` is neither a path nor an annotation"),
    ("| a | `nexus::Handle` | – | `boundaries` |", "line 3, a: `boundaries` is no scenario"),
    ("| a | `nexus::Handle` | – | `tests/bounds.rs` |", "is no test"),
    // No test, but a function.
    ("| a | `nexus::Handle` | – | `tests/boundaries.rs::asking` |", "is no test"),
    ("| a | `nexus::Handle` | – | `tests/boundaries.rs::nothing` |", "is no test"),
    ("| a | `nexus::Handle` | – | – |", "line 3, a: nothing shows it"),
    ("| a | `nexus::Handle` | – |", "line 3, a: it has other columns"),
];

/// The same of the table of rules.
const BAD_RULES: [(&str, &str); 3] = [
    ("| 60 | a | b | good | `boundary` |", "line 3, 60: `good` is no verdict"),
    ("| 60 | a | b | kept | – |", "line 3, 60: what is here is shown"),
    ("| 60 | a | b | not here yet | `boundary` |", "line 3, 60: what is here is shown"),
];

fn table(heads: &[&str], row: &str) -> String {
    format!("| {} |\n|{}\n{row}\n", heads.join(" | "), "---|".repeat(heads.len()))
}

#[test]
fn a_row_that_names_what_does_not_exist_is_told() {
    let names = BAD_NAMES.map(|(row, told)| (table(&NAMES, row), told));
    let rules = BAD_RULES.map(|(row, told)| (table(&RULES, row), told));
    for (page, told) in names.into_iter().chain(rules) {
        let wrong = wrong_names(&page);
        assert!(wrong.len() == 1 && wrong[0].contains(told), "{page}\n{wrong:#?}");
    }
    let row = "| a | `nexus::assert_graph!`, `nexus::Limits::ahead`, `#[nexus::main]` | – | `tests/ui/pass/boundary.rs` |";
    assert_eq!(wrong_names(&table(&NAMES, row)), [""; 0]);
}

#[test]
fn a_scenario_or_rule_without_its_row_is_told() {
    let page = page();
    let without = |text: &str, instead: &str| {
        let changed = page.replacen(text, instead, usize::MAX);
        assert_ne!(changed, page, "the page has no {text}");
        wrong_rules(&changed)
    };
    assert_eq!(
        without("`boundary-secondary`", "`boundary`"),
        [
            "no row names the scenario `boundary-secondary`",
            "the row of the rule 60 does not name `boundary-secondary`, which covers it"
        ]
    );
    let wrong = without("| 53 |", "| 54 |");
    assert!(wrong.contains(&"the rule 53, which `discarder` covers, has no row".to_owned()), "{wrong:#?}");
    assert!(wrong.contains(&"the row of the rule 54 names `discarder`, which does not cover it".to_owned()));
    let wrong = without("| 53 |", "| 52 |");
    assert!(wrong.iter().any(|wrong| wrong.ends_with("the rule 52 has a row already")), "{wrong:#?}");
    let wrong = without("| 53 |", "| x |");
    assert!(wrong.iter().any(|wrong| wrong.ends_with("`x` is no number")), "{wrong:#?}");
}
