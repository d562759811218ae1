//! Random mixtures: all shapes in one queue, with random priorities, handlers that fail, panic, wait and are cut. Their content is
//! kept, their order is that of their priorities, and each is dropped once.
//!
//! 64 of them in a normal run; `PROPTEST_CASES` asks for more.

use std::sync::{Arc, Mutex};

use nexus::prelude::*;
use nexus::{BoxError, Builder, WeakHandle};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::counted::{Child, Counts, ON_PURPOSE, bounded, hush, is_settled, one_thread, threads, until};
use super::shapes::{Kilobytes4, LEVELS, SHAPES, Seed, Shape, Text, Visit, visit};

/// What becomes of an event.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Handled,
    Waits(usize),
    Emits(usize),
    /// With an error that holds a payload.
    Fails,
    Panics,
    PanicsLater,
    Consumed,
}

/// How it is put in.
#[derive(Clone, Copy, Debug)]
enum By {
    /// A handle, inside a handler.
    Handle,
    /// A queue of whole records.
    Queue,
    /// A call that is polled inside a handler.
    Ingest,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    shape: usize,
    level: usize,
    by: By,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    ByItself,
    Stop,
    Abort,
    RuntimeDropped,
}

#[derive(Clone, Debug)]
struct Mixture {
    items: Vec<Item>,
    /// How often the same is put in.
    rounds: usize,
    end: End,
    /// The end comes when so many have been seen.
    after: usize,
    threads: bool,
}

fn item() -> impl Strategy<Value = Item> {
    let fate = prop_oneof![
        6 => Just(Fate::Handled),
        2 => (1..4_usize).prop_map(Fate::Waits),
        2 => (1..4_usize).prop_map(Fate::Emits),
        1 => Just(Fate::Fails),
        1 => Just(Fate::Panics),
        1 => Just(Fate::PanicsLater),
        1 => Just(Fate::Consumed),
    ];
    let by = prop_oneof![Just(By::Handle), Just(By::Queue), Just(By::Ingest)];
    (0..SHAPES, 0..LEVELS.len(), by, fate).prop_map(|(shape, level, by, fate)| Item {
        shape,
        level,
        by,
        fate,
    })
}

fn mixture() -> impl Strategy<Value = Mixture> {
    let end = prop_oneof![
        3 => Just(End::ByItself),
        1 => Just(End::Stop),
        1 => Just(End::Abort),
        1 => Just(End::RuntimeDropped),
    ];
    (prop::collection::vec(item(), 1..80), 1..4_usize, end, 0..60_usize, prop::bool::weighted(0.3))
        .prop_map(|(items, rounds, end, after, threads)| Mixture { items, rounds, end, after, threads })
}

/// What handlers share.
#[derive(Clone)]
struct Shared {
    counts: Counts,
    mixture: Arc<Mixture>,
    weak: WeakHandle,
    /// The events by their numbers.
    fates: Arc<Mutex<Vec<Option<Item>>>>,
}

impl Shared {
    fn fate(&self, number: usize) -> Fate {
        self.fates.lock().unwrap()[number].unwrap().fate
    }

    /// Ends the nexus when it is time, out of a handler.
    fn perhaps_end(&self) {
        if self.counts.seen("at once").len() == self.mixture.after + 1 {
            let handle = self.weak.upgrade().unwrap();
            match self.mixture.end {
                End::Stop => handle.stop().unwrap(),
                End::Abort => handle.abort().unwrap(),
                End::ByItself | End::RuntimeDropped => {}
            }
        }
    }
}

/// The second handler of each event: does what the fate says.
struct Scripted(Shared);

impl<E: Shape> nexus::Handler<E> for Scripted {
    type Emits = Child;

    async fn handle(&mut self, event: &E, queue: &mut Queue<Child>) -> Result {
        let local = event.counted().clone();
        event.see("scripted");
        let fate = self.0.fate(local.number);
        match fate {
            Fate::Handled | Fate::Consumed => {}
            Fate::Waits(times) => {
                for _ in 0..times {
                    tokio::task::yield_now().await;
                }
            }
            Fate::Emits(times) => {
                for nth in 0..times {
                    if nth == 1 {
                        tokio::task::yield_now().await;
                    }
                    queue.emit(Child(local.clone()));
                }
            }
            Fate::Fails => return Err(local.into()),
            Fate::Panics => std::panic::panic_any(ON_PURPOSE),
            Fate::PanicsLater => {
                queue.emit(Child(local.clone()));
                tokio::task::yield_now().await;
                std::panic::panic_any(ON_PURPOSE);
            }
        }
        assert!(event.is_whole() && local.is_intact());
        Ok(())
    }
}

/// Of two types, a third handler by value.
#[handler(Kilobytes4, order = 9)]
async fn take_page(page: Kilobytes4) {
    page.see("take");
    tokio::task::yield_now().await;
    assert!(page.is_whole());
}

#[handler(Text, order = 9)]
fn take_text(text: Text) {
    text.see("take");
}

struct Register(Option<Builder>, Shared);

impl Visit for Register {
    fn visit<T: Shape>(&mut self) {
        let shared = self.1.clone();
        let consuming = self.1.clone();
        let builder = self.0.take().unwrap();
        self.0 = Some(
            builder
                .filter(T::NAME, move |event: &Event| match event.payload::<T>() {
                    Some(event) if matches!(consuming.fate(event.counted().number), Fate::Consumed) => {
                        event.see("consumed");
                        Verdict::Consume
                    }
                    _ => Verdict::Pass,
                })
                .on("at once", move |event: &T, _: &mut Queue<()>| {
                    event.see("at once");
                    shared.perhaps_end();
                })
                .handler::<T, _>("scripted", Scripted(self.1.clone())),
        );
    }
}

struct Emit<'a> {
    queue: &'a mut Queue<Event>,
    shared: &'a Shared,
    item: Item,
}

impl Visit for Emit<'_> {
    fn visit<T: Shape>(&mut self) {
        let handle = self.shared.weak.upgrade().unwrap();
        let counted = self.shared.counts.make();
        let mut fates = self.shared.fates.lock().unwrap();
        let places = fates.len().max(counted.number + 1);
        fates.resize(places, None);
        fates[counted.number] = Some(self.item);
        drop(fates);
        let event = T::of(counted);
        match self.item.by {
            By::Handle => handle.try_emit(event).unwrap_or_else(|_| panic!("inside, it is let in")),
            By::Queue => self.queue.emit(Event::of(event)),
            By::Ingest => {
                use futures_util::FutureExt as _;
                // After a stop, it is refused.
                drop(handle.ingest(event).now_or_never().expect("inside, it is done at once"));
            }
        }
    }
}

fn check(mixture: Mixture) {
    hush();
    let counts = Counts::default();
    let builder = Nexus::empty().capacity(None).on_error(|_, event| assert!(event.is_some()));
    let shared = Shared {
        counts: counts.clone(),
        mixture: Arc::new(mixture.clone()),
        weak: builder.weak_handle(),
        fates: Arc::default(),
    };
    let mut register = Register(Some(builder), shared.clone());
    for shape in 0..SHAPES {
        (0..LEVELS.len()).for_each(|level| visit(shape, level, &mut register));
    }
    let seeding = shared.clone();
    let nexus = register
        .0
        .unwrap()
        .on("seed", move |_: &Seed, queue: &mut Queue<Event>| {
            for item in &seeding.mixture.items {
                visit(item.shape, item.level, &mut Emit { queue, shared: &seeding, item: *item });
            }
        })
        .on("child", |child: &Child, _: &mut Queue<()>| -> Result<(), BoxError> {
            assert!(child.0.is_intact());
            Ok(())
        })
        .with::<take_page>()
        .with::<take_text>()
        .build()
        .unwrap();
    let runtime: Runtime = if mixture.threads { threads(2) } else { one_thread() };
    let ledger = runtime.block_on(async {
        let nexus = nexus.start().unwrap();
        for round in 0..mixture.rounds {
            let before = counts.seen("at once").len() + counts.seen("consumed").len();
            if nexus.ingest(Seed).await.is_err() {
                break;
            }
            if mixture.end == End::ByItself {
                assert_eq!(counts.alive(), 0, "the whole tree was waited for");
                let seen = counts.seen("at once").len() + counts.seen("consumed").len();
                assert_eq!(seen - before, mixture.items.len(), "in round {round}");
            }
        }
        if mixture.end == End::RuntimeDropped {
            // Full again, and polled a little.
            nexus.emit(Seed).await.ok();
            until(|| counts.alive() > 0 || nexus.ledger().total().pending == 0).await;
            return Err(nexus);
        }
        Ok(nexus.join().await.unwrap())
    });
    let ledger = match ledger {
        Ok(ledger) => ledger,
        Err(nexus) => {
            drop(runtime);
            one_thread().block_on(nexus.join()).unwrap()
        }
    };
    counts.are_even();
    is_settled(&ledger);
    if mixture.end == End::ByItself {
        in_order(&counts, &mixture);
    }
}

/// Each round's events were seen in the order of their priorities, equals in the order in which they were put in.
fn in_order(counts: &Counts, mixture: &Mixture) {
    let passed = |item: &Item| !matches!(item.fate, Fate::Consumed);
    let mut places: Vec<usize> = (0..mixture.items.len()).collect();
    places.sort_by_key(|place| mixture.items[*place].level);
    let mut expected = Vec::new();
    let step = mixture.items.len();
    for round in 0..mixture.rounds {
        expected.extend(
            places.iter().filter(|place| passed(&mixture.items[**place])).map(|place| round * step + place),
        );
    }
    assert_eq!(counts.seen("at once"), expected);
    assert_eq!(counts.seen("scripted"), expected);
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(64), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn mixtures_of_all_shapes_keep_their_content_and_their_order_whatever_becomes_of_them(mixture in mixture()) {
        bounded(move || check(mixture));
    }
}
