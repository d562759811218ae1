//! The plan: everything that is declared, sorted, checked as a whole, and printed.
//!
//! [`Plan`] is only a description: names, places and edges. What runs is assembled beside it by the builder.

mod check;
mod graph;

use std::collections::BTreeMap;

use crate::dynamic::Key;
use crate::event::{EventInfo, EventType, Location, NamedEvent, Unhandled};
use crate::nexus::DeadLetter;
use crate::record::{Domain as _, Main, Node, NodeKind, Takes};

pub use check::{At, BuildError, Instead, Problem};
pub(crate) use check::{Given, exclusive, short};
pub use graph::assert_graph;

/// The static flow of a program: which item emits and which handles what, domain by domain.
///
/// [`table`](Self::table) shows it with file and line, [`mermaid`](Self::mermaid) and [`dot`](Self::dot) as graphs, in an
/// order that depends on names alone.
///
/// ```
/// use nexus::prelude::*;
///
/// #[named_event]
/// struct Reading(f64);
/// #[named_event(unhandled = discard)]
/// struct Alarm(f64);
///
/// #[handler(Reading)]
/// fn watch(reading: &Reading) -> Option<Alarm> {
///     (reading.0 > 30.0).then(|| Alarm(reading.0))
/// }
///
/// let plan = Nexus::empty().with::<watch>().plan();
/// assert!(plan.mermaid().contains("watch --> Alarm"));
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    domains: Vec<PlanDomain>,
}

#[derive(Clone, Debug)]
struct PlanDomain {
    name: &'static str,
    items: Vec<Item>,
}

/// One declared item.
#[derive(Clone, Debug)]
struct Item {
    word: &'static str,
    name: String,
    module: &'static str,
    location: Location,
    takes: Intent,
    emits: Vec<EventInfo>,
    open: bool,
    /// The other side of a boundary is drawn from here.
    crosses: Option<&'static str>,
}

/// What an item is called for.
#[derive(Clone, Debug)]
enum Intent {
    /// A source: for nothing.
    Nothing,
    /// A filter: for everything.
    Everything,
    /// The typed events that a handler or a boundary takes.
    Events(Vec<EventInfo>),
    /// The events of one type, by its name or number.
    Type(EventType),
    /// The dynamic events of a range or a mask.
    Some(Key),
    /// A handler for whatever no other handler is for.
    Rest,
}

impl Plan {
    pub(crate) fn of(nodes: &[Node]) -> Self {
        let mut domains: Vec<PlanDomain> = Vec::new();
        for node in nodes {
            let place =
                domains.iter().position(|domain| domain.name == node.domain.name).unwrap_or_else(|| {
                    domains.push(PlanDomain { name: node.domain.name, items: Vec::new() });
                    domains.len() - 1
                });
            domains[place].items.push(Item::of(node));
        }
        domains.sort_by_key(|domain| (domain.name != Main::NAME, domain.name));
        Self { domains }
    }
}

impl Item {
    fn of(node: &Node) -> Self {
        let takes = match &node.kind {
            NodeKind::Handler { takes: Takes::Event(info), .. } => Intent::Events(vec![*info]),
            NodeKind::Handler { takes: Takes::Key(key), .. } => match key {
                Key::Type(event_type) => Intent::Type(event_type.clone()),
                Key::Default => Intent::Rest,
                Key::Range(_) | Key::Mask(_) => Intent::Some(key.clone()),
            },
            NodeKind::BoundaryOut { events: taken, .. } | NodeKind::BoundaryIn { replies: taken, .. } => {
                Intent::Events(taken.clone())
            }
            NodeKind::Filter { .. } => Intent::Everything,
            NodeKind::Converter { .. } | NodeKind::Producer { .. } | NodeKind::Timer { .. } => {
                Intent::Nothing
            }
        };
        Self {
            word: node.kind.word(),
            name: node.name.to_string(),
            module: node.module,
            location: node.location,
            takes,
            emits: node.emits.types.clone(),
            open: node.emits.open,
            crosses: match &node.kind {
                NodeKind::BoundaryOut { to, .. } => Some(to.name),
                _ => None,
            },
        }
    }
}

/// The row of an event in a domain: who emits it and who handles it.
struct Row<'a> {
    event: EventType,
    priority: i32,
    discard: bool,
    emitters: Vec<&'a Item>,
    handlers: Vec<&'a Item>,
    /// Made by the nexus itself.
    own: bool,
    /// Stands for types that are known at run time only.
    dynamic: bool,
}

impl PlanDomain {
    /// A row for every event type that is named in this domain, by name.
    fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: BTreeMap<EventType, Row<'_>> = BTreeMap::new();
        for item in &self.items {
            for info in &item.emits {
                let event = EventType::named(info.name);
                let row = rows.entry(event.clone()).or_insert_with(|| Row::of(event));
                row.describe(info);
                row.emitters.push(item);
            }
            match &item.takes {
                Intent::Events(infos) => {
                    for info in infos {
                        let event = EventType::named(info.name);
                        let row = rows.entry(event.clone()).or_insert_with(|| Row::of(event));
                        row.describe(info);
                        row.handlers.push(item);
                    }
                }
                Intent::Type(event) => {
                    let row = rows.entry(event.clone()).or_insert_with(|| Row::of(event.clone()));
                    row.handlers.push(item);
                }
                Intent::Some(key) => {
                    // Shown as an event of its own: which types there are is known at run time only.
                    let event = EventType::Name(key.to_string().into());
                    let row = rows.entry(event.clone()).or_insert_with(|| Row::of(event));
                    row.dynamic = true;
                    row.handlers.push(item);
                }
                Intent::Nothing | Intent::Everything | Intent::Rest => {}
            }
        }
        let rest: Vec<&Item> = self.items.iter().filter(|item| matches!(item.takes, Intent::Rest)).collect();
        for row in rows.values_mut().filter(|row| row.handlers.is_empty()) {
            row.handlers.clone_from(&rest);
        }
        rows.into_values().collect()
    }
}

impl Row<'_> {
    /// Takes over what a typed event says of itself.
    fn describe(&mut self, info: &EventInfo) {
        self.priority = info.priority;
        self.discard = info.unhandled == Unhandled::Discard;
    }

    fn of(event: EventType) -> Self {
        let own = event == EventType::named(DeadLetter::NAME);
        Self {
            event,
            priority: 0,
            discard: false,
            emitters: Vec::new(),
            handlers: Vec::new(),
            own,
            dynamic: false,
        }
    }
}
