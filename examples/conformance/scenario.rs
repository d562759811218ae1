//! Scenarios as data.

use serde::Deserialize;
use serde_json::Value;

/// A scenario without what only a checker needs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Scenario {
    /// Declared handlers: nothing is registered by that.
    #[serde(default)]
    pub(crate) handlers: Vec<HandlerSpec>,
    /// Declared filters.
    #[serde(default)]
    pub(crate) filters: Vec<FilterSpec>,
    /// What is done, one after another.
    pub(crate) steps: Vec<Step>,
}

/// An event: id, type, priority, payload.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct EventSpec(pub(crate) IdSpec, pub(crate) TypeSpec, pub(crate) i32, pub(crate) Value);

/// An id.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum IdSpec {
    /// This one.
    Exactly(i64),
    /// `auto` or `random`.
    Word(IdWord),
}

/// An id that is made.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdWord {
    /// The next one.
    Auto,
    /// One from 1 to 1000.
    Random,
}

/// The type of an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum TypeSpec {
    /// An integer.
    Int(i64),
    /// A string.
    Text(String),
    /// The class of this qualified name.
    Named {
        /// The name.
        named: String,
    },
}

/// The key of a handler.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeySpec {
    /// One type; -1 is the default.
    Type(TypeSpec),
    /// From one integer to another, both included.
    Range {
        /// The ends.
        range: (i64, i64),
    },
    /// Bits.
    Mask {
        /// The mask.
        mask: i64,
    },
}

/// A handler and what it does.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct HandlerSpec {
    /// Its name.
    pub(crate) name: String,
    /// Its actions.
    #[serde(default, rename = "do")]
    pub(crate) actions: Vec<Action>,
    /// How it is written.
    #[serde(default)]
    pub(crate) style: Style,
    /// Whether it counts events instead of tracing them.
    pub(crate) trace: Option<String>,
}

/// How a handler is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    /// An asynchronous function.
    #[default]
    Function,
    /// An object.
    Object,
    /// A plain function.
    Sync,
    /// The library's own discarder.
    Discard,
}

/// A filter and what it does.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FilterSpec {
    /// Its name.
    pub(crate) name: String,
    /// What it decides.
    pub(crate) consume: Consume,
    /// Its actions.
    #[serde(default, rename = "do")]
    pub(crate) actions: Vec<Action>,
}

/// What a filter decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Consume {
    /// Always the same.
    Always(bool),
    /// What a condition says.
    If(Condition),
}

/// A field of the event in hand, an operator, and a value.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Condition(pub(crate) String, pub(crate) String, pub(crate) Value);

/// What a handler or filter does, if its condition holds.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Action {
    /// Left out where this does not hold.
    #[serde(rename = "if")]
    pub(crate) condition: Option<Condition>,
    /// The deed.
    #[serde(flatten)]
    pub(crate) deed: Deed,
}

/// What is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Deed {
    /// Emits events.
    Emit {
        /// The events.
        emit: Vec<EventSpec>,
    },
    /// Emits events with one id after another.
    EmitMany {
        /// Which.
        emit_many: Many,
    },
    /// Emits the event in hand once more, with the next id and this type.
    EmitNext {
        /// The type.
        emit_next: TypeSpec,
    },
    /// Waits.
    Sleep {
        /// Milliseconds.
        sleep: u64,
    },
    /// Traces a mark.
    Mark {
        /// Its text.
        mark: String,
    },
    /// Fails. What kind of error it is to be makes no difference here: no error of a handler is mistaken for another.
    Fail {
        /// The message.
        fail: String,
    },
    /// Ingests into a nexus, and waits.
    Ingest {
        /// The event.
        ingest: EventSpec,
        /// The nexus.
        #[serde(default = "n")]
        nexus: String,
    },
    /// Replies.
    Reply {
        /// The events.
        reply: Vec<EventSpec>,
    },
    /// Stops a timer.
    TimerStop {
        /// Its name.
        timer_stop: String,
    },
    /// Stops a nexus.
    Stop {
        /// Its name.
        stop: String,
    },
}

/// Many events.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Many {
    /// How many.
    pub(crate) count: i64,
    /// The first one's id.
    pub(crate) first_id: i64,
    /// Their type.
    #[serde(rename = "type")]
    pub(crate) event_type: TypeSpec,
    /// Their priority.
    #[serde(default)]
    pub(crate) priority: i32,
}

fn n() -> String {
    "n".to_owned()
}

fn yes() -> bool {
    true
}

fn fifty() -> usize {
    50
}

/// An event after a delay in milliseconds.
pub(crate) type Timed = (u64, EventSpec);

/// What a converter does after its last event.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Then {
    /// `end` or `wait`.
    Word(ThenWord),
    /// Fails.
    Fail {
        /// The message.
        fail: String,
    },
}

/// What a converter does after its last event, in a word.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ThenWord {
    /// It says that there are no more.
    End,
    /// It never answers.
    Wait,
}

/// What a timer counts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Counts {
    /// 1 to n.
    CountUp,
    /// n-1 to 0.
    CountDown,
    /// 1, 2, 3, …
    Ongoing,
    /// 1.
    #[default]
    OneShot,
}

/// A step of the driver.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the vocabulary's own")]
pub(crate) enum Step {
    /// Makes a nexus.
    Nexus {
        #[serde(default = "n")]
        name: String,
        #[serde(default)]
        multiple: bool,
        #[serde(default)]
        bitmode: bool,
        #[serde(default)]
        policy: PolicyWord,
        #[serde(default)]
        queue: QueueWord,
        capacity: Option<usize>,
    },
    /// Makes a factory.
    Factory {
        name: String,
    },
    /// Makes a fan-out.
    Fanout {
        name: String,
        #[serde(default)]
        members: Vec<String>,
    },
    FanoutRegister {
        fanout: String,
        handler: String,
    },
    FanoutDeregister {
        fanout: String,
        handler: String,
    },
    /// Makes a boundary.
    Boundary {
        name: String,
        #[serde(default = "fifty")]
        capacity: usize,
    },
    /// Makes a timer.
    Timer {
        name: String,
        interval: u64,
        event_type: TypeSpec,
        #[serde(default, rename = "type")]
        counts: Counts,
        #[serde(default)]
        count: i64,
        #[serde(default = "n")]
        factory: String,
    },
    /// Makes a source that is asked.
    Converter {
        name: String,
        #[serde(default)]
        events: Vec<Timed>,
        then: Then,
        style: Option<String>,
        trace: Option<String>,
        #[serde(default)]
        close_fails: bool,
    },
    /// Makes a source that sends.
    Producer {
        name: String,
        events: Vec<Timed>,
        #[serde(default)]
        start_delay: u64,
        start_fails: Option<String>,
        #[serde(default)]
        close_fails: bool,
        trace: Option<String>,
    },
    AddHandler {
        #[serde(default = "n")]
        nexus: String,
        #[serde(rename = "type")]
        key: KeySpec,
        handler: String,
    },
    AddFilter {
        #[serde(default = "n")]
        nexus: String,
        filter: String,
    },
    AddConverter {
        #[serde(default = "n")]
        nexus: String,
        converter: String,
    },
    AddProducer {
        #[serde(default = "n")]
        nexus: String,
        producer: String,
    },
    Attach {
        #[serde(default = "n")]
        nexus: String,
        source: String,
    },
    Register {
        #[serde(default = "n")]
        nexus: String,
        source: String,
    },
    Start {
        #[serde(default = "n")]
        nexus: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    LoopForever {
        #[serde(default = "n")]
        nexus: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    Stop {
        #[serde(default = "n")]
        nexus: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    Cleanup {
        #[serde(default = "n")]
        nexus: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    Join {
        #[serde(default = "n")]
        nexus: String,
    },
    Drain {
        #[serde(default = "n")]
        nexus: String,
    },
    Enter {
        #[serde(default = "n")]
        nexus: String,
    },
    Exit {
        #[serde(default = "n")]
        nexus: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    /// Drops every reference that the runner has.
    Drop {
        #[serde(default = "n")]
        nexus: String,
    },
    Ingest {
        #[serde(default = "n")]
        nexus: String,
        event: EventSpec,
        #[serde(default)]
        background: bool,
        #[serde(default)]
        trace_return: bool,
        cancel_after: Option<u64>,
    },
    SourceStart {
        source: String,
    },
    TimerStop {
        timer: String,
    },
    Close {
        source: String,
        #[serde(default = "yes")]
        settle: bool,
    },
    Sleep {
        ms: u64,
    },
    State {
        #[serde(default = "n")]
        nexus: String,
    },
    Create {
        #[serde(default = "n")]
        factory: String,
        event: EventSpec,
    },
    Equal {
        a: EventSpec,
        b: EventSpec,
    },
    Count {
        handler: String,
    },
    Mark {
        text: String,
    },
}

/// What an error means for the run.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PolicyWord {
    /// The reference's rule.
    #[default]
    Fail,
    /// Every error is reported.
    Continue,
}

/// In which order waiting events go.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueWord {
    /// In the order in which they came.
    #[default]
    Fifo,
    /// The most urgent first.
    Priority,
}
