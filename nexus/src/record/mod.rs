//! What an annotation leaves behind: one constant record an item, and the inventory that the linker makes of them.
//!
//! A record is plain data: names, a place in the source, and functions that say which types are involved. Nothing runs
//! before a plan is made. What is declared by hand becomes the same kind of [`Node`].

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::boundary::{Core as Boundary, Limits};
use crate::consume::{Callable, Invoke, Outcome, Verdict};
use crate::dynamic::Key;
use crate::error::BoxError;
use crate::event::{EventInfo, EventSet, EventType, Location, NamedEvent, set_types};
use crate::source::{Count, Period, SourceContext, SourceFuture, SourceRun};

/// A part of a program with its own dispatcher: derive it on a unit struct, and put items into it with `domain = …`.
///
/// [`Main`] is the domain of everything that names none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain",
    label = "not a domain",
    note = "derive it: `#[derive(Domain)] struct {Self};`"
)]
pub trait Domain: 'static {
    /// The domain's name in ledgers and graphs.
    const NAME: &'static str;
}

/// The domain of every item that names no other.
#[derive(Debug)]
pub struct Main;

#[diagnostic::do_not_recommend]
impl Domain for Main {
    const NAME: &'static str = "Main";
}

/// A domain as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainKey {
    pub(crate) id: TypeId,
    pub(crate) rust_name: &'static str,
    pub(crate) name: &'static str,
}

impl DomainKey {
    /// The key of `D`.
    pub fn of<D: Domain>() -> Self {
        Self { id: TypeId::of::<D>(), rust_name: std::any::type_name::<D>(), name: D::NAME }
    }
}

/// An annotated item: what `.with::<…>()` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an annotated item",
    label = "nothing is declared under this name",
    note = "`.with::<…>()` takes the name of a function under `#[handler(…)]`, `#[filter]`, `#[converter]`, `#[producer]` or `#[timer]`, or a type with a `#[handlers]` block"
)]
pub trait Declared {
    /// Its records.
    #[doc(hidden)]
    const RECORDS: &'static [Record];
}

/// What a macro submits to the inventory.
#[derive(Clone, Copy)]
pub struct Submission(pub &'static [Record]);

inventory::collect!(Submission);

/// All records that are linked into this program, in no particular order.
pub(crate) fn inventory() -> impl Iterator<Item = &'static Record> {
    inventory::iter::<Submission>().flat_map(|submission| submission.0)
}

/// One record: what one annotation declares.
pub struct Record {
    /// The item's name.
    pub name: &'static str,
    /// `module_path!()`.
    pub module: &'static str,
    /// Where the item stands.
    pub location: Location,
    /// Its domain.
    pub domain: fn() -> DomainKey,
    /// `order = …`; 0 unless given.
    pub order: i32,
    /// The events that it may emit.
    pub emits: fn() -> Emits,
    /// The state that it asks for, in the order of its parameters.
    pub states: &'static [fn() -> Need],
    /// Whether it asks for the `Meta` of its events.
    pub meta: bool,
    /// What it is.
    pub role: Role,
}

/// What an item is, and how it is called.
pub enum Role {
    /// A handler.
    Handler {
        /// What it handles.
        takes: fn() -> Takes,
        /// The component that it is a method of.
        component: Option<fn() -> ComponentNeed>,
        /// The glue.
        call: fn() -> Callable<()>,
    },
    /// A filter.
    Filter {
        /// The component that it is a method of.
        component: Option<fn() -> ComponentNeed>,
        /// The glue.
        call: fn() -> Callable<Verdict>,
    },
    /// A converter.
    Converter {
        /// How many trees it may be ahead.
        ahead: usize,
        /// The glue.
        run: fn(SourceContext) -> SourceFuture,
    },
    /// An `async` producer.
    Producer {
        /// The glue.
        run: fn(SourceContext) -> SourceFuture,
    },
    /// A producer on its own thread.
    BlockingProducer {
        /// The glue.
        run: fn(SourceContext) -> Result<(), BoxError>,
    },
    /// A timer.
    Timer {
        /// Its period.
        every: fn() -> Period,
        /// Its kind.
        count: Count,
        /// The glue.
        run: fn(SourceContext) -> SourceFuture,
    },
    /// A boundary; the record's domain is the one that it takes events from, and what it emits are the replies.
    Boundary {
        /// The domain that it gives events to.
        to: fn() -> DomainKey,
        /// The events that it carries.
        events: fn() -> Emits,
        /// So many events may wait in it before what further ones come from waits.
        capacity: usize,
        /// So many trees may be under way on the other side.
        ahead: usize,
    },
    /// A crate that `link_crates!` names.
    Link {
        /// Its name.
        library: &'static str,
    },
}

/// A type that an item asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
}

impl Need {
    /// The need for a `T`.
    pub fn of<T: Send + Sync + 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>() }
    }
}

/// A component that handlers are methods of.
#[derive(Clone, Copy)]
pub struct ComponentNeed {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
    pub(crate) default: Option<fn() -> Box<dyn Any + Send>>,
}

impl ComponentNeed {
    /// The need for a `T` that the builder is given.
    pub fn of<T: Send + 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>(), default: None }
    }

    /// The need for a `T` that is made by default; `D` is `T` too, in another place of the user's code.
    pub fn or_default<T: Send + 'static, D: Default + Into<T>>() -> Self {
        Self { default: Some(|| Box::new(D::default().into())), ..Self::of::<T>() }
    }
}

/// The events that an item may emit.
#[derive(Clone, Debug, Default)]
pub struct Emits {
    pub(crate) types: Vec<EventInfo>,
    /// Dynamic events too.
    pub(crate) open: bool,
}

impl Emits {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// These, and those of a queue or an emitter.
    #[must_use]
    pub fn and<S: EventSet>(mut self) -> Self {
        let (types, open) = set_types::<S>();
        for new in types {
            if !self.types.iter().any(|old| old.type_id == new.type_id) {
                self.types.push(new);
            }
        }
        self.open |= open;
        self
    }

    /// These, and one event.
    #[must_use]
    pub fn and_event<E: NamedEvent>(self) -> Self {
        self.and::<E>()
    }

    /// These, and those that are returned.
    #[must_use]
    pub fn and_returned<R: Outcome>(self) -> Self {
        self.and::<R::Emits>()
    }
}

/// One declared item, from a record or by hand, ready to be planned.
pub(crate) struct Node {
    pub(crate) name: Cow<'static, str>,
    pub(crate) module: &'static str,
    pub(crate) location: Location,
    pub(crate) domain: DomainKey,
    pub(crate) order: i32,
    pub(crate) emits: Emits,
    pub(crate) states: Vec<Need>,
    pub(crate) component: Option<ComponentNeed>,
    /// Whether it may ask when its events were accepted, and from which they arose.
    pub(crate) meta: bool,
    pub(crate) kind: NodeKind,
}

pub(crate) enum NodeKind {
    Handler {
        takes: Takes,
        run: Box<dyn Invoke<()>>,
    },
    Filter {
        run: Box<dyn Invoke<Verdict>>,
    },
    Converter {
        ahead: usize,
        run: SourceRun,
    },
    Producer {
        run: SourceRun,
    },
    Timer {
        every: Period,
        count: Count,
        run: SourceRun,
    },
    /// The side of a boundary that takes these events; it emits the replies.
    BoundaryOut {
        core: Arc<Boundary>,
        to: DomainKey,
        events: Vec<EventInfo>,
    },
    /// The side of a boundary that gives events; these go back.
    BoundaryIn {
        core: Arc<Boundary>,
        replies: Vec<EventInfo>,
    },
}

/// The type `Self` is that of an event, and not that of all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is every event, but a handler is for one type or key",
    label = "every event",
    note = "write `#[handler(_)]` for what no other handler is for, or a `#[filter]` to see every event"
)]
pub trait OfOneType: NamedEvent {}

#[diagnostic::do_not_recommend]
impl<E: NamedEvent> OfOneType for E {}

/// The type `Self` is that of an event, though it is written as what holds an `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "a handler is for one event after another: write `#[handler({E})]` and `&{E}`"
)]
pub trait HeldEvent<E>: NamedEvent {}

#[diagnostic::do_not_recommend]
impl<T: NamedEvent, E> HeldEvent<E> for T {}

/// The type `Self` is the type `E`, by whatever path.
#[diagnostic::on_unimplemented(
    message = "handler is for `{E}`, but its first parameter is `{Self}`",
    label = "not the event that it is for",
    note = "write `#[handler({Self})]`, or take `&{E}`"
)]
pub trait Same<E> {}

#[diagnostic::do_not_recommend]
impl<E> Same<E> for E {}

/// What a handler is for.
pub enum Takes {
    /// A typed event.
    Event(EventInfo),
    /// Dynamic events.
    Key(Key),
}

impl Takes {
    /// What is written like every event, but may be a type of that name.
    pub fn event_of_one_type<E: OfOneType>() -> Self {
        Self::event::<E>()
    }

    /// What is written like something that holds an `E`, but may be an event of that name.
    pub fn event_holding<T: HeldEvent<E>, E>() -> Self {
        Self::event::<T>()
    }

    /// A typed event.
    pub fn event<E: NamedEvent>() -> Self {
        Self::Event(EventInfo::of::<E>())
    }

    /// A typed event, whose handler's parameter writes its type in another way.
    pub fn event_as<E: NamedEvent, P: Same<E>>() -> Self {
        Self::event::<E>()
    }

    /// The dynamic events of an integer type.
    pub fn integer(number: i64) -> Self {
        Self::Key(number.into())
    }

    /// The events of a string type.
    pub fn text(name: &'static str) -> Self {
        Self::Key(name.into())
    }

    /// The dynamic events of the integer types from one to another, both included.
    pub fn range(start: i64, end: i64) -> Self {
        Self::Key(Key::Range(start..=end))
    }

    /// The dynamic events whose type is one of these bits.
    pub fn mask(bits: i64) -> Self {
        Self::Key(Key::Mask(bits))
    }

    /// What no other handler is for.
    pub fn rest() -> Self {
        Self::Key(Key::Default)
    }

    /// By what it is found.
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Event(info) => Key::Type(EventType::named(info.name)),
            Self::Key(key) => key.clone(),
        }
    }
}

impl NodeKind {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Handler { .. } => "handler",
            Self::Filter { .. } => "filter",
            Self::Converter { .. } => "converter",
            Self::Producer { .. } => "producer",
            Self::Timer { .. } => "timer",
            Self::BoundaryOut { .. } | Self::BoundaryIn { .. } => "boundary",
        }
    }

    /// The typed events that it is called for.
    pub(crate) fn takes(&self) -> &[EventInfo] {
        match self {
            Self::Handler { takes: Takes::Event(info), .. } => std::slice::from_ref(info),
            Self::BoundaryOut { events, .. } => events,
            _ => &[],
        }
    }

    /// The keys under which it is found.
    pub(crate) fn keys(&self) -> Vec<Key> {
        match self {
            Self::Handler { takes, .. } => vec![takes.key()],
            Self::BoundaryOut { events, .. } => {
                events.iter().map(|info| Key::Type(EventType::named(info.name))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The typed events that go back where they came from, instead of being handled here.
    pub(crate) fn brings_back(&self) -> &[EventInfo] {
        match self {
            Self::BoundaryIn { replies, .. } => replies,
            _ => &[],
        }
    }
}

impl Record {
    /// The nodes of this record: one, or none if it only links, or one for each side of a boundary.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let mut needed = None;
        let kind = match self.role {
            Role::Handler { takes, component, call } => {
                needed = component;
                NodeKind::Handler { takes: takes(), run: call().0 }
            }
            Role::Filter { component, call } => {
                needed = component;
                NodeKind::Filter { run: call().0 }
            }
            Role::Converter { ahead, run } => {
                NodeKind::Converter { ahead, run: SourceRun::Task(Box::new(run)) }
            }
            Role::Producer { run } => NodeKind::Producer { run: SourceRun::Task(Box::new(run)) },
            Role::BlockingProducer { run } => NodeKind::Producer { run: SourceRun::Thread(Box::new(run)) },
            Role::Timer { every, count, run } => {
                NodeKind::Timer { every: every(), count, run: SourceRun::Task(Box::new(run)) }
            }
            Role::Boundary { to, events, capacity, ahead } => {
                let domains = ((self.domain)(), to());
                let limits = Limits::default().capacity(capacity).ahead(ahead);
                let sides = boundary(Cow::Borrowed(self.name), domains, limits, events(), (self.emits)());
                return sides
                    .map(|node| Node {
                        module: self.module,
                        location: self.location,
                        order: self.order,
                        ..node
                    })
                    .into();
            }
            Role::Link { .. } => return Vec::new(),
        };
        vec![Node {
            name: Cow::Borrowed(self.name),
            module: self.module,
            location: self.location,
            domain: (self.domain)(),
            order: self.order,
            emits: (self.emits)(),
            states: self.states.iter().map(|need| need()).collect(),
            component: needed.map(|component| component()),
            meta: self.meta,
            kind,
        }]
    }

    /// The crate that the item stands in.
    pub(crate) fn library(&self) -> &'static str {
        self.module.split("::").next().unwrap_or(self.module)
    }
}

/// The two sides of a boundary.
pub(crate) fn boundary(
    name: Cow<'static, str>,
    (from, to): (DomainKey, DomainKey),
    limits: Limits,
    events: Emits,
    replies: Emits,
) -> [Node; 2] {
    let types = replies.types.iter().map(|info| EventType::named(info.name)).collect();
    let core = Boundary::new(Arc::from(&*name), limits, types);
    let side = |name, domain, emits, kind| Node {
        name,
        module: "",
        location: Location::UNKNOWN,
        domain,
        order: 0,
        emits,
        states: Vec::new(),
        component: None,
        meta: false,
        kind,
    };
    let out = NodeKind::BoundaryOut { core: core.clone(), to, events: events.types.clone() };
    let back = NodeKind::BoundaryIn { core, replies: replies.types.clone() };
    [side(name.clone(), from, replies, out), side(name, to, events, back)]
}

/// The longest period of a timer: a hundred years, well within what a clock can add.
pub(crate) const MAX_PERIOD: Duration = Duration::from_hours(100 * 365 * 24);
