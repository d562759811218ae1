//! What can be wrong with a plan. Every problem is found before anything runs, and all are told at once.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::Plan;
use crate::dynamic::{Key, Lookup};
use crate::event::{EventInfo, EventType, Location, Unhandled};
use crate::raw::StateSlot;
use crate::record::{DomainKey, Node, NodeKind, Takes};
use crate::source::{Period, Timer};

/// What the builder was given.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) states: HashMap<TypeId, StateSlot>,
    pub(crate) components: HashMap<TypeId, Box<dyn Any + Send>>,
    /// What was given, under which name, and where.
    places: Vec<(&'static str, TypeId, &'static str, Location)>,
}

impl Given {
    #[track_caller]
    pub(crate) fn state(&mut self, id: TypeId, name: &'static str, slot: StateSlot) {
        self.states.insert(id, slot);
        self.places.push(("state", id, name, Location::caller()));
    }

    #[track_caller]
    pub(crate) fn component(&mut self, id: TypeId, name: &'static str, component: Box<dyn Any + Send>) {
        self.components.insert(id, component);
        self.places.push(("component", id, name, Location::caller()));
    }

    /// As if it had not been given.
    pub(crate) fn take_back(&mut self, what: &'static str, id: TypeId) {
        self.places.retain(|place| (place.0, place.1) != (what, id));
    }

    /// What was given more than once, in the order in which it was first.
    fn given_twice(&self) -> Vec<Problem> {
        let mut seen: HashSet<(&'static str, TypeId)> = HashSet::new();
        let first = self.places.iter().filter(|(what, id, ..)| seen.insert((what, *id)));
        let problem = |(what, id, name, _): &(&'static str, TypeId, &'static str, Location)| {
            let same = self.places.iter().filter(|place| (place.0, place.1) == (*what, *id));
            let places: Vec<Location> = same.map(|place| place.3).collect();
            let name = short(name);
            (places.len() > 1).then_some(Problem::GivenTwice { what, name, places })
        };
        first.filter_map(problem).collect()
    }

    /// What the nodes need and nobody gave.
    pub(crate) fn problems(&self, nodes: &[Node]) -> Vec<Problem> {
        let mut problems = self.given_twice();
        let mut missing: BTreeMap<(bool, String), (TypeId, Vec<At>)> = BTreeMap::new();
        let mut miss = |component: bool, id: TypeId, name: &'static str, node: &Node| {
            let (_, users) = missing.entry((component, short(name))).or_insert_with(|| (id, Vec::new()));
            let at = node.at();
            if !users.contains(&at) {
                users.push(at);
            }
        };
        for node in nodes {
            let period = match &node.kind {
                NodeKind::Timer { every: Period::FromState(need, _), .. } => Some(need),
                _ => None,
            };
            for need in node.states.iter().chain(period).filter(|need| !self.states.contains_key(&need.id)) {
                miss(false, need.id, need.name, node);
            }
            if let Some(need) = &node.component
                && need.default.is_none()
                && !self.components.contains_key(&need.id)
            {
                miss(true, need.id, need.name, node);
            }
        }
        problems.extend(missing.into_iter().map(|((component, name), (id, users))| {
            let instead = self.instead(component, id, &name);
            if component {
                Problem::MissingComponent { name, users, instead }
            } else {
                Problem::MissingState { name, users, instead }
            }
        }));
        problems
    }

    /// Where something like it was given, and what to do about that.
    fn instead(&self, component: bool, id: TypeId, name: &str) -> Option<(Instead, Location)> {
        let (asked, given) = if component { ("component", "state") } else { ("state", "component") };
        let of_the_other_kind = self.places.iter().find(|place| (place.0, place.1) == (given, id));
        let in_an_arc = self.places.iter().find(|(_, _, other, _)| {
            let inner = other.strip_prefix("alloc::sync::Arc<").and_then(|inner| inner.strip_suffix('>'));
            !component && inner.is_some_and(|inner| short(inner) == name)
        });
        let as_other = of_the_other_kind.map(|place| (Instead::Called { given, asked }, place.3));
        as_other.or_else(|| in_an_arc.map(|place| (Instead::InAnArc, place.3)))
    }
}

/// An item in a message: what it is, its name, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct At {
    /// `handler`, `filter`, `converter`, `producer`, `timer` or `boundary`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}

impl Node {
    pub(crate) fn at(&self) -> At {
        At { kind: self.kind.word(), name: self.name.to_string(), location: self.location }
    }

    /// Whether both come from one annotation.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        !self.module.is_empty()
            && self.domain == other.domain
            && self.place() == other.place()
            && std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
    }

    /// The place in the order of calls. Items made by hand keep the order in which they were added.
    pub(crate) fn place(&self) -> (i32, &'static str, u32, u32, &str) {
        if self.module.is_empty() {
            (self.order, "", 0, 0, "")
        } else {
            (self.order, self.module, self.location.line, self.location.column, &self.name)
        }
    }
}

/// What was given in place of what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// State was given as a component, or a component as state.
    Called {
        /// `state` or `component`.
        given: &'static str,
        /// The other one.
        asked: &'static str,
    },
    /// State was given in an `Arc`, as if it were a piece of state of that type.
    InAnArc,
}

/// One thing that is wrong with a plan. Displays itself with every item involved and what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// Items take `&T` or `Arc<T>`, and the builder was given no `T`.
    MissingState {
        /// The type.
        name: String,
        /// Who needs it.
        users: Vec<At>,
        /// What was given instead, if something like it was, and where.
        instead: Option<(Instead, Location)>,
    },
    /// Handlers are methods of a component that the builder was not given.
    MissingComponent {
        /// The type.
        name: String,
        /// Its methods.
        users: Vec<At>,
        /// What was given instead, if something like it was, and where.
        instead: Option<(Instead, Location)>,
    },
    /// A piece of state or a component was given twice.
    GivenTwice {
        /// `state` or `component`.
        what: &'static str,
        /// The type.
        name: String,
        /// Where it was given.
        places: Vec<Location>,
    },
    /// Two event types have one name.
    DuplicateName {
        /// The name.
        name: &'static str,
        /// The types, and where they stand.
        types: Vec<(String, Location)>,
    },
    /// Two domains have one name.
    DuplicateDomain {
        /// The name.
        name: &'static str,
        /// The types.
        types: Vec<String>,
        /// An item of each.
        items: Vec<At>,
    },
    /// Several handlers for an event that allows one.
    SeveralHandlers {
        /// What they are for.
        key: Key,
        /// Whether the event says so itself; else the builder does, with `multiple(false)`.
        exclusive: bool,
        /// The handlers.
        handlers: Vec<At>,
    },
    /// An event can arise, and nobody handles it.
    NotHandled {
        /// The event.
        event: &'static str,
        /// Where it stands.
        location: Location,
        /// The domain in which it can arise.
        domain: &'static str,
        /// Who emits it.
        emitters: Vec<At>,
        /// Who handles it in another domain, and which.
        elsewhere: Vec<(At, &'static str)>,
    },
    /// A boundary brings an event back, but it can arise where nobody has asked, and nobody handles it there.
    NoWayBack {
        /// The event.
        event: &'static str,
        /// The domain in which it can arise.
        domain: &'static str,
        /// Who emits it without having been asked.
        emitters: Vec<At>,
        /// The sources, and the boundaries that do not bring it back, that can lead to that.
        sources: Vec<At>,
        /// The boundary.
        boundary: At,
    },
    /// A boundary that can't work.
    BadBoundary {
        /// The boundary.
        boundary: At,
        /// What is wrong with it.
        reason: String,
    },
    /// Boundaries carry an event round in a circle, without end.
    CarriedRound {
        /// The event.
        event: &'static str,
        /// The boundaries, one after another.
        boundaries: Vec<At>,
    },
    /// A handler whose key makes no sense in its domain.
    BadKey {
        /// The handler.
        handler: At,
        /// Its key.
        key: Key,
        /// The domain.
        domain: &'static str,
    },
    /// An item was to be left out that is not there.
    NotThere {
        /// The item, or the methods of a component.
        items: Vec<At>,
        /// Where it was to be left out.
        location: Location,
    },
    /// State, a component or an item made by hand was to be left out that was not given.
    NotGiven {
        /// `state`, `component` or `item`.
        what: &'static str,
        /// The type, or the item's name.
        name: String,
        /// Where it was to be left out.
        location: Location,
    },
    /// The builder begins with everything that is annotated, and there is nothing.
    NothingAnnotated {
        /// Where it begins.
        location: Location,
    },
    /// `link_crates!` names a crate that has no annotated item.
    EmptyCrate {
        /// The crate.
        library: &'static str,
        /// Where it is named.
        location: Location,
    },
    /// A timer that can't tick.
    BadTimer {
        /// The timer.
        timer: At,
        /// What is wrong with it.
        reason: String,
    },
    /// The methods of one component stand in several domains.
    SplitComponent {
        /// The type.
        name: String,
        /// Its methods and their domains.
        users: Vec<(At, &'static str)>,
    },
    /// Room for no event at all.
    NoCapacity {
        /// Where the builder was told so.
        location: Location,
    },
}

impl Problem {
    pub(crate) fn of_timer(timer: Timer, at: At) -> Option<Self> {
        timer.mistake().map(|reason| Self::BadTimer { timer: at, reason })
    }

    /// The problem in a line.
    fn title(&self) -> String {
        match self {
            Self::MissingState { name, users, .. } => {
                format!("{} {} the state `{name}`, which was not given", whose(users), verb(users, "need"))
            }
            Self::MissingComponent { name, users, .. } => {
                format!(
                    "{} {} the component `{name}`, which was not given",
                    whose(users),
                    verb(users, "need")
                )
            }
            Self::GivenTwice { what, name, places } if places.len() == 2 => {
                format!("the {what} `{name}` was given twice")
            }
            Self::GivenTwice { what, name, places } => {
                format!("the {what} `{name}` was given {} times", places.len())
            }
            Self::DuplicateName { name, types } => format!("{} event types are named `{name}`", types.len()),
            Self::DuplicateDomain { name, types, .. } => {
                format!("{} domains are named `{name}`: `{}`", types.len(), types.join("`, `"))
            }
            Self::SeveralHandlers { key, exclusive: true, handlers } => {
                format!("`{key}` is exclusive, but has {} handlers", handlers.len())
            }
            Self::SeveralHandlers { key, exclusive: false, handlers } => {
                format!("`{key}` has {} handlers, but `multiple(false)` allows one", handlers.len())
            }
            Self::NoWayBack { event, domain, emitters, boundary, .. } => format!(
                "{} {} `{event}`, which {boundary} brings back, also where nobody in another domain has asked; and nobody \
                 handles it in the domain `{domain}`",
                whose(emitters),
                verb(emitters, "emit")
            ),
            Self::BadBoundary { boundary, reason } => format!("{boundary} {reason}"),
            Self::CarriedRound { event, boundaries } => {
                let names: Vec<&str> = boundaries.iter().map(|at| &*at.name).collect();
                format!("the boundaries `{}` carry `{event}` round without end", names.join("`, `"))
            }
            Self::BadKey { handler, key: key @ Key::Mask(_), .. } => {
                format!("{handler} has the key `{key}`, which is not greater than 0")
            }
            Self::BadKey { handler, key: key @ Key::Range(range), .. } if range.is_empty() => {
                format!("{handler} has the key `{key}`, which holds no number")
            }
            Self::BadKey { handler, key, domain } => {
                format!(
                    "{handler} has the key `{key}`, but in the domain `{domain}` types are bits, and keys are masks"
                )
            }
            Self::NotHandled { event, domain, emitters, .. } if only_boundaries(emitters) => {
                format!(
                    "{} {} `{event}`, which nobody handles in the domain `{domain}`",
                    whose(emitters),
                    verb(emitters, "bring")
                )
            }
            Self::NotHandled { event, domain, emitters, .. } => {
                format!(
                    "{} {} `{event}`, which nobody handles in the domain `{domain}`",
                    whose(emitters),
                    verb(emitters, "emit")
                )
            }
            Self::NotThere { items, .. } => {
                format!(
                    "{} {} left out, but not there",
                    whose(items),
                    if items.len() == 1 { "is" } else { "are" }
                )
            }
            Self::NotGiven { what, name, .. } => {
                format!("the {what} `{name}` is left out, but was not given")
            }
            Self::NothingAnnotated { .. } => "nothing annotated is linked into this program".to_owned(),
            Self::EmptyCrate { library, .. } => {
                format!("the crate `{library}` is named in `link_crates!`, but has no annotated item")
            }
            Self::BadTimer { timer, reason } => format!("{timer} {reason}"),
            Self::SplitComponent { name, .. } => {
                format!("the component `{name}` has handlers in several domains")
            }
            Self::NoCapacity { .. } => "a capacity of 0 leaves no room for any event".to_owned(),
        }
    }

    /// The places involved.
    fn places(&self) -> Vec<(Location, String)> {
        let items = |items: &[At]| items.iter().map(|at| (at.location, at.to_string())).collect::<Vec<_>>();
        match self {
            Self::MissingState { users, instead, name } | Self::MissingComponent { users, instead, name } => {
                let given = instead.map(|(instead, location)| match instead {
                    Instead::Called { given, .. } => {
                        (location, format!("`{name}` is given by `.{given}(…)` here"))
                    }
                    Instead::InAnArc => (location, format!("`Arc<{name}>` is given here")),
                });
                items(users).into_iter().chain(given).collect()
            }
            Self::DuplicateName { types, .. } => {
                types.iter().map(|(name, location)| (*location, format!("`{name}`"))).collect()
            }
            Self::SeveralHandlers { handlers, .. } => items(handlers),
            Self::DuplicateDomain { items: members, .. } => items(members),
            Self::NotHandled { event, location, emitters, elsewhere, .. } => {
                let declared = (*location, format!("`{event}` is declared here"));
                let others = elsewhere
                    .iter()
                    .map(|(at, domain)| (at.location, format!("{at} handles it, but in `{domain}`")));
                items(emitters).into_iter().chain([declared]).chain(others).collect()
            }
            Self::NotThere { items: absent, location } => {
                let asked = (*location, "it is left out here".to_owned());
                items(absent).into_iter().chain([asked]).collect()
            }
            Self::NotGiven { location, .. } => vec![(*location, "it is left out here".to_owned())],
            Self::NothingAnnotated { location } => vec![(*location, "`Nexus::builder()`".to_owned())],
            Self::EmptyCrate { location, .. } => vec![(*location, "`link_crates!`".to_owned())],
            Self::BadTimer { timer: item, .. }
            | Self::BadBoundary { boundary: item, .. }
            | Self::BadKey { handler: item, .. } => items(std::slice::from_ref(item)),
            Self::CarriedRound { boundaries, .. } => items(boundaries),
            Self::NoWayBack { emitters, sources, boundary, .. } => {
                let leads = |at: &At| (at.location, format!("{at} leads to it"));
                let all = items(emitters).into_iter().chain(sources.iter().map(leads));
                all.chain(items(std::slice::from_ref(boundary))).collect()
            }
            Self::SplitComponent { users, .. } => {
                users.iter().map(|(at, domain)| (at.location, format!("{at} is in `{domain}`"))).collect()
            }
            Self::GivenTwice { what, places, .. } => {
                places.iter().map(|place| (*place, format!("`.{what}(…)`"))).collect()
            }
            Self::NoCapacity { location } => vec![(*location, "`.capacity(0)`".to_owned())],
        }
    }

    fn help(&self) -> String {
        match self {
            Self::MissingState { instead: Some((Instead::Called { given, asked }, _)), .. }
            | Self::MissingComponent { instead: Some((Instead::Called { given, asked }, _)), .. } => {
                format!("write `.{asked}(…)` there instead of `.{given}(…)`")
            }
            Self::MissingState { instead: Some((Instead::InAnArc, _)), .. } => {
                "write `.shared_state(…)` there instead of `.state(…)`".to_owned()
            }
            Self::MissingState { name, .. } => format!("give it to the builder: `.state({name} {{ … }})`"),
            Self::MissingComponent { name, .. } => format!(
                "give it to the builder: `.component({name} {{ … }})`, or write `#[handlers(default)]` if it can be made \
                 by `Default`"
            ),
            Self::GivenTwice { name, .. } => {
                format!(
                    "there is one of each type: remove one, or wrap one in a type of its own: `struct Other({name})`"
                )
            }
            Self::DuplicateName { .. } => {
                "give one of them another name: `#[named_event(name = \"…\")]`".to_owned()
            }
            Self::DuplicateDomain { .. } => {
                "give one of them another name: `#[derive(Domain)] #[domain(name = \"…\")]`".to_owned()
            }
            Self::SeveralHandlers { exclusive: true, .. } => {
                "keep one handler, or remove `exclusive` from `#[named_event(…)]`".to_owned()
            }
            Self::SeveralHandlers { exclusive: false, .. } => {
                "keep one handler, or remove `.multiple(false)`".to_owned()
            }
            Self::NotHandled { event, domain, emitters, .. } if only_boundaries(emitters) => format!(
                "write a handler there: `#[handler({event}, domain = {domain})]`; or say that it may go unhandled: \
                 `#[named_event(unhandled = discard)]`"
            ),
            Self::NotHandled { elsewhere, .. } if !elsewhere.is_empty() => {
                "what a handler emits stays in its domain: put both into one, or let a boundary carry it: \
                 `#[derive(Boundary)] #[boundary(from = …, to = …, events(…))] struct …;`"
                    .to_owned()
            }
            Self::NoWayBack { event, .. } => format!(
                "write a handler for it there: `#[handler({event}, domain = …)]`; or say that it may go unhandled: \
                 `#[named_event(unhandled = discard)]`"
            ),
            Self::BadBoundary { .. } => {
                "name two domains, and typed events: `#[boundary(from = Main, to = Audit, events(Alarm))]`"
                    .to_owned()
            }
            Self::CarriedRound { .. } => {
                "let one of them carry another event, which a handler makes of this one: `fn pass_on(event: &MyEvent) -> \
                 OtherEvent`"
                    .to_owned()
            }
            Self::BadKey { key: Key::Range(range), .. } if range.is_empty() => {
                "write the smaller end first: `100..=199`".to_owned()
            }
            Self::BadKey { key: Key::Mask(_), .. } => {
                "give a mask greater than 0: `mask = 0b0110`".to_owned()
            }
            Self::BadKey { .. } => {
                "write a mask: `mask = 0b0110`; or put the handlers with masks into a domain of their own"
                    .to_owned()
            }
            Self::NotHandled { event, .. } => format!(
                "write a handler: `#[handler({event})]`; or say that it may go unhandled: `#[named_event(unhandled = discard)]`"
            ),
            Self::NotThere { .. } => {
                "remove the `.without::<…>()`, or start from what has it: `Nexus::builder()`".to_owned()
            }
            Self::NotGiven { what: "item", name, .. } => {
                format!("remove `.without_named(\"{name}\")`, or call it after what declares the item")
            }
            Self::NotGiven { what, name, .. } => {
                format!("remove `.without_{what}::<{name}>()`, or call it after `.{what}(…)`")
            }
            Self::NothingAnnotated { .. } => "name the library that has it, which the linker leaves out: \
                 `nexus::link_crates!(my_library);`; or begin with nothing: `Nexus::empty()`"
                .to_owned(),
            Self::EmptyCrate { library, .. } => format!(
                "remove `{library}`, or check that it annotates anything (a crate that re-exports others names them in a \
                 `link_crates!` of its own)"
            ),
            Self::BadTimer { .. } => "give it a period over zero, of at most a hundred years, and a count of at least 1: \
                 `Timer::every(Duration::from_secs(1)).count_up(7)`"
                .to_owned(),
            Self::SplitComponent { name, .. } => {
                format!("make one for each domain: `struct Other({name})`, with handlers of its own")
            }
            Self::NoCapacity { .. } => "write `.capacity(1024)`, or `.capacity(None)` for no bound".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title())?;
        for (location, what) in self.places() {
            write!(f, "\n  --> {location}: {what}")?;
        }
        write!(f, "\n  help: {}", self.help())
    }
}

/// Whether it is boundaries alone that bring an event.
fn only_boundaries(items: &[At]) -> bool {
    items.iter().all(|at| at.kind == "boundary")
}

/// ``handler `a` ``, or ``handler `a` and 2 others``.
fn whose(items: &[At]) -> String {
    match items {
        [] => "something".to_owned(),
        [one] => one.to_string(),
        [first, _] => format!("{first} and 1 other"),
        [first, rest @ ..] => format!("{first} and {} others", rest.len()),
    }
}

/// `needs` for one, `need` for several.
fn verb(items: &[At], plural: &str) -> String {
    if items.len() == 1 { format!("{plural}s") } else { plural.to_owned() }
}

/// A type's name without its path, which would make messages unreadable; generic arguments keep theirs.
pub(crate) fn short(name: &str) -> String {
    let head = name.split('<').next().unwrap_or(name);
    let start = head.rfind("::").map_or(0, |at| at + 2);
    name[start..].to_owned()
}

/// Everything that is wrong with a plan.
#[derive(Clone)]
pub struct BuildError {
    pub(crate) problems: Vec<Problem>,
}

impl BuildError {
    /// The problems, at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("the plan has a problem:")?,
            count => write!(f, "the plan has {count} problems:")?,
        }
        for problem in &self.problems {
            write!(f, "\n\n{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}

impl Plan {
    /// What is wrong with the flow itself, whatever state and components there are.
    pub(crate) fn problems(nodes: &[Node], multiple: bool, bits: &dyn Fn(&Node) -> bool) -> Vec<Problem> {
        let mut problems = duplicate_names(nodes);
        problems.extend(duplicate_domains(nodes));
        problems.extend(several_handlers(nodes, multiple, bits));
        problems.extend(not_handled(nodes));
        problems.extend(no_way_back(nodes));
        problems.extend(odd_boundaries(nodes));
        problems.extend(carried_round(nodes));
        problems.extend(odd_keys(nodes, bits));
        problems.extend(split_components(nodes));
        problems
    }
}

fn duplicate_names(nodes: &[Node]) -> Vec<Problem> {
    let mut types: BTreeMap<&'static str, Vec<EventInfo>> = BTreeMap::new();
    for info in nodes.iter().flat_map(|node| node.emits.types.iter().chain(node.kind.takes()).copied()) {
        let same = types.entry(info.name).or_default();
        if !same.iter().any(|known| known.type_id == info.type_id) {
            same.push(info);
        }
    }
    let duplicate = |(name, mut same): (&'static str, Vec<EventInfo>)| {
        same.sort_by_key(|info| (info.location, info.rust_name));
        let types = same.iter().map(|info| (info.rust_name.to_owned(), info.location)).collect();
        (same.len() > 1).then_some(Problem::DuplicateName { name, types })
    };
    types.into_iter().filter_map(duplicate).collect()
}

fn duplicate_domains(nodes: &[Node]) -> Vec<Problem> {
    let mut domains: BTreeMap<&'static str, Vec<&Node>> = BTreeMap::new();
    for node in nodes {
        let same = domains.entry(node.domain.name).or_default();
        if !same.iter().any(|known| known.domain == node.domain) {
            same.push(node);
        }
    }
    let duplicate = |(name, same): (&'static str, Vec<&Node>)| {
        let types = same.iter().map(|node| node.domain.rust_name.to_owned()).collect();
        let items = same.iter().map(|node| node.at()).collect();
        (same.len() > 1).then_some(Problem::DuplicateDomain { name, types, items })
    };
    domains.into_iter().filter_map(duplicate).collect()
}

/// The events that say that only one handler is allowed.
pub(crate) fn exclusive(nodes: &[Node]) -> HashSet<EventType> {
    let infos = nodes.iter().flat_map(|node| node.emits.types.iter().chain(node.kind.takes()));
    infos.filter(|info| info.exclusive).map(|info| EventType::named(info.name)).collect()
}

/// Handlers that are for the same events, where only one may be.
fn several_handlers(nodes: &[Node], multiple: bool, bits: &dyn Fn(&Node) -> bool) -> Vec<Problem> {
    let exclusive = exclusive(nodes);
    // For each domain, the handlers so far by their keys, and the groups of those that share some.
    let mut found: BTreeMap<&'static str, Lookup> = BTreeMap::new();
    let mut groups: BTreeMap<(&'static str, usize), (Key, Vec<At>)> = BTreeMap::new();
    for (place, node) in nodes.iter().enumerate() {
        for key in node.kind.keys() {
            // In bit mode an integer is a mask.
            let key = match &node.kind {
                NodeKind::Handler { takes: Takes::Key(_), .. } => {
                    key.clone().checked(bits(node)).unwrap_or(key)
                }
                _ => key,
            };
            let lookup = found.entry(node.domain.name).or_default();
            let first = lookup.duplicate_of(&key).unwrap_or(place);
            groups
                .entry((node.domain.name, first))
                .or_insert_with(|| (key.clone(), Vec::new()))
                .1
                .push(node.at());
            lookup.insert(key, place);
        }
    }
    let problem = |(key, handlers): (Key, Vec<At>)| {
        let exclusive = matches!(&key, Key::Type(event) if exclusive.contains(event));
        let several = handlers.len() > 1 && (exclusive || !multiple);
        several.then_some(Problem::SeveralHandlers { key, exclusive, handlers })
    };
    groups.into_values().filter_map(problem).collect()
}

fn not_handled(nodes: &[Node]) -> Vec<Problem> {
    let handled = |domain, name: &'static str| {
        nodes.iter().filter(|node| node.domain == domain).any(|node| {
            let by_key = |key| key == Key::Default || key == Key::Type(EventType::named(name));
            let back = node.kind.brings_back().iter().any(|info| info.name == name);
            back || node.kind.keys().into_iter().any(by_key)
        })
    };
    let mut unhandled: BTreeMap<(&'static str, &'static str), (Location, Vec<At>)> = BTreeMap::new();
    for node in nodes {
        for info in &node.emits.types {
            if info.unhandled == Unhandled::Report && !handled(node.domain, info.name) {
                let (_, emitters) = unhandled
                    .entry((node.domain.name, info.name))
                    .or_insert_with(|| (info.location, Vec::new()));
                emitters.push(node.at());
            }
        }
    }
    let problem = |((domain, event), (location, emitters))| {
        let is_key = |key: Key| key == Key::Type(EventType::named(event));
        let handlers = nodes
            .iter()
            .filter(|node| !matches!(node.kind, NodeKind::BoundaryOut { .. }))
            .filter(|node| node.kind.keys().into_iter().any(is_key));
        let elsewhere = handlers.map(|node| (node.at(), node.domain.name)).collect();
        Problem::NotHandled { event, location, domain, emitters, elsewhere }
    };
    unhandled.into_iter().map(problem).collect()
}

/// Replies that can arise where nobody has asked, and that nobody handles there.
fn no_way_back(nodes: &[Node]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for boundary in nodes {
        for reply in boundary.kind.brings_back() {
            let here: Vec<&Node> = nodes.iter().filter(|node| node.domain == boundary.domain).collect();
            let is_reply = |info: &EventInfo| info.type_id == reply.type_id;
            let handles = |key| key == Key::Default || key == Key::Type(EventType::named(reply.name));
            if reply.unhandled == Unhandled::Discard
                || here.iter().any(|node| node.kind.keys().into_iter().any(handles))
            {
                continue;
            }
            // What can be in this domain without having come through a boundary that brings the reply back.
            let mut types: BTreeSet<&'static str> = BTreeSet::new();
            let (mut emitters, mut sources): (Vec<At>, Vec<At>) = (Vec::new(), Vec::new());
            let mut reached = vec![false; here.len()];
            loop {
                let next = here.iter().zip(&reached).position(|(node, reached)| {
                    let called = match &node.kind {
                        NodeKind::Converter { .. } | NodeKind::Producer { .. } | NodeKind::Timer { .. } => {
                            true
                        }
                        NodeKind::BoundaryIn { replies, .. } => !replies.iter().any(is_reply),
                        NodeKind::Filter { .. } => !types.is_empty(),
                        NodeKind::Handler { .. } | NodeKind::BoundaryOut { .. } => {
                            node.kind.takes().iter().any(|info| types.contains(info.name))
                        }
                    };
                    called && !reached
                });
                let Some(place) = next else { break };
                reached[place] = true;
                let is_source = here[place].kind.keys().is_empty();
                if is_source && !matches!(here[place].kind, NodeKind::Filter { .. }) {
                    sources.push(here[place].at());
                }
                types.extend(here[place].emits.types.iter().map(|info| info.name));
                if here[place].emits.types.iter().any(is_reply) {
                    emitters.push(here[place].at());
                }
            }
            if !emitters.is_empty() {
                let (event, domain) = (reply.name, boundary.domain.name);
                let boundary = boundary.at();
                problems.push(Problem::NoWayBack { event, domain, emitters, sources, boundary });
            }
        }
    }
    problems
}

/// Boundaries that do not lead from one domain to another, or that carry what cannot be checked.
fn odd_boundaries(nodes: &[Node]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in nodes {
        let NodeKind::BoundaryOut { core, to, events } = &node.kind else { continue };
        let other = nodes.iter().find(|other| {
            matches!(&other.kind, NodeKind::BoundaryIn { core: other, .. } if Arc::ptr_eq(core, other))
        });
        let reason = if *to == node.domain {
            format!("leads from `{0}` to `{0}`", node.domain.name)
        } else if node.emits.open || other.is_some_and(|other| other.emits.open) {
            "carries `Event`, but what a boundary of the plan carries has names".to_owned()
        } else if events.is_empty() {
            "carries no events".to_owned()
        } else {
            continue;
        };
        problems.push(Problem::BadBoundary { boundary: node.at(), reason });
    }
    problems
}

/// Events that boundaries carry round in a circle.
fn carried_round(nodes: &[Node]) -> Vec<Problem> {
    // For each event, the boundaries that carry it, and where to.
    let mut steps: BTreeMap<&'static str, Vec<(&Node, DomainKey)>> = BTreeMap::new();
    for node in nodes {
        if let NodeKind::BoundaryOut { to, events, .. } = &node.kind {
            for info in events {
                steps.entry(info.name).or_default().push((node, *to));
            }
        }
    }
    let round = |(event, steps): (&'static str, Vec<(&Node, DomainKey)>)| {
        let way = steps.iter().find_map(|first| way_round(&steps, *first))?;
        let boundaries = way.iter().map(|(node, _)| node.at()).collect();
        Some(Problem::CarriedRound { event, boundaries })
    };
    steps.into_iter().filter_map(round).collect()
}

/// The shortest way that begins with this step and ends where it began; a step from a domain to itself is another problem.
fn way_round<'a>(
    steps: &[(&'a Node, DomainKey)],
    first: (&'a Node, DomainKey),
) -> Option<Vec<(&'a Node, DomainKey)>> {
    let mut ways = VecDeque::from([vec![first]]);
    let mut seen: Vec<DomainKey> = Vec::new();
    while let Some(way) = ways.pop_front() {
        let at = way.last()?.1;
        if at == first.0.domain {
            return (way.len() > 1).then_some(way);
        }
        if !seen.contains(&at) {
            seen.push(at);
            let onward = steps.iter().filter(|(node, _)| node.domain == at);
            ways.extend(onward.map(|step| way.iter().copied().chain([*step]).collect::<Vec<_>>()));
        }
    }
    None
}

/// Keys that make no sense in a domain in bit mode, and masks that make none.
fn odd_keys(nodes: &[Node], bits: &dyn Fn(&Node) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in nodes {
        let NodeKind::Handler { takes: Takes::Key(key), .. } = &node.kind else { continue };
        if key.clone().checked(bits(node)).is_none() {
            problems.push(Problem::BadKey { handler: node.at(), key: key.clone(), domain: node.domain.name });
        }
    }
    problems
}

fn split_components(nodes: &[Node]) -> Vec<Problem> {
    let mut users: BTreeMap<&'static str, Vec<(At, &'static str)>> = BTreeMap::new();
    for node in nodes {
        if let Some(need) = &node.component {
            users.entry(need.name).or_default().push((node.at(), node.domain.name));
        }
    }
    let problem = |(name, users): (&'static str, Vec<(At, &'static str)>)| {
        let split = users.iter().any(|(_, domain)| *domain != users[0].1);
        split.then(|| Problem::SplitComponent { name: short(name), users })
    };
    users.into_iter().filter_map(problem).collect()
}
