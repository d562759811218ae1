//! The plan on paper: a table with places in the source, and graphs with names alone.
//!
//! A graph is meant to be committed and compared, so nothing in it depends on lines, files, or the order in which the
//! linker lists the records: domains, events and items come sorted by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::{Intent, Item, Plan, PlanDomain, Row};

impl Plan {
    /// Who emits and who handles what, with file and line.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for domain in &self.domains {
            if !out.is_empty() {
                out.push('\n');
            }
            domain.write_table(&mut out);
        }
        out
    }

    /// The flow as a Mermaid flowchart: sources are slanted, events round, filters hexagons, boundaries have double sides. A thick arrow
    /// leads from one side of a boundary to the other; a dotted one is open: what comes from outside, and dynamic events.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        self.each_element(&mut |element| {
            match element {
                Element::Open { id, name } => {
                    writeln!(out, "  subgraph {id}[\"{}\"]", name.replace('"', "#quot;"))
                }
                Element::Close => writeln!(out, "  end"),
                Element::Node { id, label, shape } => {
                    let (open, close) = match shape {
                        Shape::Source => ("[/", "/]"),
                        Shape::Event => ("([", "])"),
                        Shape::Consumer => ("[", "]"),
                        Shape::Filter => ("{{", "}}"),
                        Shape::Boundary => ("[[", "]]"),
                        Shape::Outside => ("((", "))"),
                    };
                    writeln!(out, "    {id}{open}\"{}\"{close}", label.replace('"', "#quot;"))
                }
                Element::Edge { from, to, declared } => {
                    writeln!(out, "    {from} {} {to}", if declared { "-->" } else { "-.->" })
                }
                Element::Cross { from, to } => writeln!(out, "  {from} ==> {to}"),
            }
            // A string takes everything.
            .ok();
        });
        out
    }

    /// The flow in Graphviz's language.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph flow {\n  rankdir = LR;\n");
        self.each_element(&mut |element| {
            match element {
                Element::Open { id, name } => {
                    writeln!(out, "  subgraph \"cluster_{id}\" {{\n    label = \"{}\";", escaped(name))
                }
                Element::Close => writeln!(out, "  }}"),
                Element::Node { id, label, shape } => {
                    let shape = match shape {
                        Shape::Source => "parallelogram",
                        Shape::Event => "ellipse",
                        Shape::Consumer => "box",
                        Shape::Filter => "hexagon",
                        Shape::Boundary => "cds",
                        Shape::Outside => "circle",
                    };
                    writeln!(out, "    \"{id}\" [label = \"{}\", shape = {shape}];", escaped(&label))
                }
                Element::Edge { from, to, declared } => {
                    writeln!(
                        out,
                        "    \"{from}\" -> \"{to}\"{};",
                        if declared { "" } else { " [style = dashed]" }
                    )
                }
                Element::Cross { from, to } => writeln!(out, "  \"{from}\" -> \"{to}\" [style = bold];"),
            }
            // A string takes everything.
            .ok();
        });
        out + "}\n"
    }

    /// Walks through what a graph shows, in an order that depends on names alone.
    fn each_element(&self, draw: &mut impl FnMut(Element)) {
        let many = self.domains.len() > 1;
        let mut crossings = Vec::new();
        for domain in &self.domains {
            let names = Names::of(domain, many);
            draw(Element::Open { id: names.extra("domain"), name: domain.name });
            let rows = domain.rows();
            let items: Vec<&Item> = names.items.iter().map(|(item, _)| *item).collect();
            for item in &items {
                let shape = match item.takes {
                    _ if item.word == "boundary" => Shape::Boundary,
                    Intent::Nothing => Shape::Source,
                    Intent::Everything => Shape::Filter,
                    Intent::Events(_) | Intent::Type(_) | Intent::Some(_) | Intent::Rest => Shape::Consumer,
                };
                draw(Element::Node { id: names.id(item), label: names.label(item).to_owned(), shape });
            }
            for row in &rows {
                draw(Element::Node {
                    id: names.event(row),
                    label: row.event.to_string(),
                    shape: Shape::Event,
                });
            }
            let dynamic = names.extra("dynamic");
            let open = items.iter().any(|item| item.open || matches!(item.takes, Intent::Rest));
            if open || rows.iter().any(|row| row.dynamic) {
                draw(Element::Node {
                    id: dynamic.clone(),
                    label: "dynamic events".to_owned(),
                    shape: Shape::Outside,
                });
            }
            let (outside, own) = (names.extra("outside"), names.extra("nexus"));
            if rows.iter().any(Row::is_from_outside) {
                draw(Element::Node {
                    id: outside.clone(),
                    label: "outside".to_owned(),
                    shape: Shape::Outside,
                });
            }
            if rows.iter().any(|row| row.own) {
                draw(Element::Node { id: own.clone(), label: "nexus".to_owned(), shape: Shape::Outside });
            }
            for row in &rows {
                let event = names.event(row);
                let mut edge =
                    |from: String, to: String, declared| draw(Element::Edge { from, to, declared });
                let sorted = |items: &[&Item]| {
                    let mut ids: Vec<String> = items.iter().map(|item| names.id(item)).collect();
                    ids.sort();
                    ids
                };
                for emitter in sorted(&row.emitters) {
                    edge(emitter, event.clone(), true);
                }
                if row.own {
                    edge(own.clone(), event.clone(), true);
                } else if row.dynamic {
                    edge(dynamic.clone(), event.clone(), false);
                } else if row.is_from_outside() {
                    edge(outside.clone(), event.clone(), false);
                }
                for handler in sorted(&row.handlers) {
                    edge(event.clone(), handler, true);
                }
            }
            for item in &items {
                if item.open {
                    draw(Element::Edge { from: names.id(item), to: dynamic.clone(), declared: false });
                }
                if matches!(item.takes, Intent::Rest) {
                    draw(Element::Edge { from: dynamic.clone(), to: names.id(item), declared: false });
                }
            }
            draw(Element::Close);
            for item in &items {
                crossings
                    .extend(item.crosses.map(|to| (names.id(item), to, item.name.clone(), item.location)));
            }
        }
        // From one side of a boundary to the other.
        for (from, to, name, location) in crossings {
            let Some(domain) = self.domains.iter().find(|domain| domain.name == to) else { continue };
            let other =
                |item: &&Item| item.word == "boundary" && item.name == name && item.location == location;
            if let Some(other) = domain.items.iter().filter(|item| item.crosses.is_none()).find(other) {
                let names = Names::of(domain, many);
                draw(Element::Cross { from, to: names.id(other) });
            }
        }
    }
}

enum Element {
    Open {
        id: String,
        name: &'static str,
    },
    Close,
    Node {
        id: String,
        label: String,
        shape: Shape,
    },
    Edge {
        from: String,
        to: String,
        declared: bool,
    },
    /// From one domain to another.
    Cross {
        from: String,
        to: String,
    },
}

enum Shape {
    Source,
    Event,
    Consumer,
    Filter,
    Boundary,
    Outside,
}

/// What items are called in a graph: by their name; with their module where several in a domain have one name; with a number
/// where that does not tell them apart either.
struct Names<'a> {
    /// The items, in the order of their names, and the names.
    items: Vec<(&'a Item, String)>,
    labels: BTreeMap<*const Item, String>,
    /// A name that a graph's language allows for each item, event and addition.
    ids: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    fn of(domain: &'a PlanDomain, many: bool) -> Self {
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for item in &domain.items {
            *uses.entry(&item.name).or_default() += 1;
        }
        let label = |item: &'a Item| {
            let qualified = uses[item.name.as_str()] > 1 && !item.module.is_empty();
            (item, if qualified { format!("{}::{}", item.module, item.name) } else { item.name.clone() })
        };
        let mut items: Vec<(&Item, String)> = domain.items.iter().map(label).collect();
        items.sort_by_cached_key(|(item, label)| (label.clone(), item.edges()));
        let mut last = (String::new(), 1);
        for (_, label) in &mut items {
            if *label == last.0 {
                last.1 += 1;
                *label = format!("{label} {}", last.1);
            } else {
                last = (label.clone(), 1);
            }
        }
        let prefix = if many { format!("{}_", domain.name) } else { String::new() };
        let labels = items.iter().map(|(item, label)| (std::ptr::from_ref(*item), label.clone())).collect();
        let mut names = Self { items, labels, ids: BTreeMap::new() };
        let mut used = BTreeSet::new();
        let events: Vec<String> = domain.rows().iter().map(|row| format!("event {}", row.event)).collect();
        let items = names.items.iter().map(|(_, label)| format!("item {label}"));
        // Items first, so that they keep their names; then events; then the domain, and what the graph adds.
        for key in items.chain(events).chain(EXTRAS.map(str::to_owned)).collect::<Vec<_>>() {
            let name = match key.split_once(' ') {
                Some((_, name)) => name,
                None if key == "domain" => domain.name,
                None => key.as_str(),
            };
            let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
            let mut id: String = prefix.chars().chain(name.chars()).map(plain).collect();
            while RESERVED.contains(&id.to_lowercase().as_str()) || used.contains(&id) {
                id.push('_');
            }
            used.insert(id.clone());
            names.ids.insert(key, id);
        }
        names
    }

    fn label(&self, item: &Item) -> &str {
        self.labels.get(&std::ptr::from_ref(item)).map_or("", String::as_str)
    }

    fn id(&self, item: &Item) -> String {
        self.extra(&format!("item {}", self.label(item)))
    }

    fn event(&self, row: &Row<'_>) -> String {
        self.extra(&format!("event {}", row.event))
    }

    fn extra(&self, key: &str) -> String {
        self.ids.get(key).cloned().unwrap_or_default()
    }
}

/// What a graph adds to items and events.
const EXTRAS: [&str; 4] = ["domain", "dynamic", "outside", "nexus"];

/// What means something else in Mermaid.
const RESERVED: [&str; 9] =
    ["end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "linkstyle"];

/// A text between quotation marks in Graphviz's language.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

impl Row<'_> {
    /// Whether nothing in the plan emits it, so that it can only come through a handle.
    fn is_from_outside(&self) -> bool {
        self.emitters.is_empty() && !self.own && !self.dynamic
    }
}

impl PlanDomain {
    fn write_table(&self, out: &mut String) {
        let places = |items: &[&Item]| items.iter().map(|item| item.place()).collect::<Vec<_>>();
        let or =
            |cells: Vec<String>, other: &str| if cells.is_empty() { vec![other.to_owned()] } else { cells };
        let mut rows =
            vec![[vec!["event".to_owned()], vec!["emitted by".to_owned()], vec!["handled by".to_owned()]]];
        for row in self.rows() {
            let mut event = row.event.to_string();
            if row.priority != 0 {
                let _ = write!(event, " (priority {})", row.priority);
            }
            let source = match (row.own, row.dynamic) {
                (true, _) => "the nexus",
                (false, true) => "dynamic events",
                (false, false) => "outside",
            };
            let fate = if row.discard { "nobody: discarded" } else { "nobody" };
            rows.push([vec![event], or(places(&row.emitters), source), or(places(&row.handlers), fate)]);
        }
        let width = |column: usize| {
            rows.iter().flat_map(|row| &row[column]).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        let _ = writeln!(out, "domain {}", self.name);
        for row in &rows {
            for line in 0..row.iter().map(Vec::len).max().unwrap_or(0) {
                let cell = |column: usize| row[column].get(line).map_or("", String::as_str);
                let text = format!("  {:<first$}  {:<second$}  {}", cell(0), cell(1), cell(2));
                let _ = writeln!(out, "{}", text.trim_end());
            }
        }
        let filters: Vec<String> = self
            .items
            .iter()
            .filter(|item| matches!(item.takes, Intent::Everything))
            .map(Item::place)
            .collect();
        if !filters.is_empty() {
            let _ = writeln!(out, "  filters: {}", filters.join(", "));
        }
        let open: Vec<String> = self.items.iter().filter(|item| item.open).map(Item::place).collect();
        if !open.is_empty() {
            let _ = writeln!(out, "  open, since they emit dynamic events: {}", open.join(", "));
        }
    }
}

impl Item {
    /// What tells two items of one name apart.
    fn edges(&self) -> (String, Vec<&'static str>) {
        let takes = match &self.takes {
            Intent::Nothing => String::new(),
            Intent::Everything => "*".to_owned(),
            Intent::Rest => "_".to_owned(),
            Intent::Events(infos) => infos.iter().map(|info| info.name).collect::<Vec<_>>().join(" "),
            Intent::Type(event) => event.to_string(),
            Intent::Some(key) => key.to_string(),
        };
        (takes, self.emits.iter().map(|info| info.name).collect())
    }

    fn place(&self) -> String {
        format!("{} {} ({})", self.word, self.name, self.location)
    }
}

/// Compares a committed graph with the plan's; the file's ending says which graph: `.mmd` or `.dot`.
///
/// With `NEXUS_BLESS=1` in the environment, it writes the file instead.
#[doc(hidden)]
#[track_caller]
pub fn assert_graph(plan: &Plan, manifest_dir: &str, file: &str) {
    let path = Path::new(manifest_dir).join(file);
    let now = match path.extension().and_then(|ending| ending.to_str()) {
        Some("mmd") => plan.mermaid(),
        Some("dot") => plan.dot(),
        _ => panic!("`{file}` names no kind of graph: let it end in `.mmd` (Mermaid) or `.dot` (Graphviz)"),
    };
    if std::env::var_os("NEXUS_BLESS").is_some_and(|bless| bless != "0") {
        if let Err(error) = std::fs::write(&path, &now) {
            panic!("cannot write `{}`: {error}", path.display());
        }
        return;
    }
    let then = match std::fs::read_to_string(&path) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => panic!(
            "cannot read `{}`: {error}\n  help: run this test once with `NEXUS_BLESS=1` to write it",
            path.display()
        ),
    };
    if then != now {
        let (then, now): (Vec<&str>, Vec<&str>) = (then.lines().collect(), now.lines().collect());
        let gone = then.iter().filter(|line| !now.contains(line)).map(|line| format!("- {line}\n"));
        let new = now.iter().filter(|line| !then.contains(line)).map(|line| format!("+ {line}\n"));
        let changes: String = gone.chain(new).collect();
        panic!(
            "the flow is no longer what `{file}` says:\n{changes}  help: if it is meant to be so, run this test with \
             `NEXUS_BLESS=1` and commit the file"
        );
    }
}
