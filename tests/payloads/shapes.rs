//! Payloads of every size and alignment: intact, at an aligned address, and dropped once.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::FutureExt as _;
use nexus::prelude::*;
use nexus::{Builder, Emitter};

use super::counted::{Counted, Counts, is_settled, many, one_thread, run, until};

/// What a payload holds besides.
pub(crate) trait Filling: Clone + Send + Sync + 'static {
    fn of(number: usize) -> Self;
    fn is_of(&self, number: usize) -> bool;
}

impl Filling for () {
    fn of(_: usize) {}

    fn is_of(&self, _: usize) -> bool {
        true
    }
}

impl Filling for u8 {
    fn of(number: usize) -> Self {
        u8::try_from(number % 251).unwrap()
    }

    fn is_of(&self, number: usize) -> bool {
        *self == Self::of(number)
    }
}

impl Filling for u128 {
    fn of(number: usize) -> Self {
        Self::MAX / (number as Self + 1)
    }

    fn is_of(&self, number: usize) -> bool {
        *self == Self::of(number)
    }
}

impl Filling for String {
    fn of(number: usize) -> Self {
        "a text, and ".repeat(number % 5) + &number.to_string()
    }

    fn is_of(&self, number: usize) -> bool {
        *self == Self::of(number)
    }
}

impl Filling for Vec<String> {
    fn of(number: usize) -> Self {
        (0..number % 4).map(String::of).collect()
    }

    fn is_of(&self, number: usize) -> bool {
        *self == Self::of(number)
    }
}

impl<const LENGTH: usize> Filling for [u8; LENGTH] {
    fn of(number: usize) -> Self {
        [u8::of(number); LENGTH]
    }

    fn is_of(&self, number: usize) -> bool {
        // At the ends and in between: the whole of 100 KiB each time would make the tests slow.
        self.iter().step_by(61).chain(self.last()).all(|byte| byte.is_of(number))
    }
}

/// The priorities of the levels.
pub(crate) const LEVELS: [i32; 3] = [-5, 0, 7];

pub(crate) trait Shape: NamedEvent + Clone {
    fn of(counted: Counted) -> Self;

    fn counted(&self) -> &Counted;

    /// Its filling is what it was made with, and it stands where a value of its type may.
    fn is_whole(&self) -> bool;

    /// This handler sees it, for the first time.
    fn see(&self, handler: &'static str) {
        assert!(self.is_whole(), "{} #{} is whole", Self::NAME, self.counted().number);
        self.counted().see(handler);
    }
}

/// Something to be done with each of the shapes.
pub(crate) trait Visit {
    fn visit<T: Shape>(&mut self);
}

macro_rules! shapes {
    ($($(#[$repr:meta])* $name:ident holds $filling:ty;)+) => {
        $(
            #[derive(Clone)]
            $(#[$repr])*
            pub(crate) struct $name<const LEVEL: usize = 1> {
                filling: $filling,
                counted: Counted,
            }

            impl<const LEVEL: usize> NamedEvent for $name<LEVEL> {
                const NAME: &'static str = [
                    concat!(stringify!($name), " 0"),
                    concat!(stringify!($name), " 1"),
                    concat!(stringify!($name), " 2"),
                ][LEVEL];
                const PRIORITY: i32 = LEVELS[LEVEL];
            }

            impl<const LEVEL: usize> Shape for $name<LEVEL> {
                fn of(counted: Counted) -> Self {
                    Self { filling: Filling::of(counted.number), counted }
                }

                fn counted(&self) -> &Counted {
                    &self.counted
                }

                fn is_whole(&self) -> bool {
                    let aligned = std::ptr::from_ref(self).addr().is_multiple_of(align_of::<Self>());
                    let whole = aligned && self.filling.is_of(self.counted.number);
                    if !whole {
                        self.counted.counts().wrong(format!("{}: aligned: {aligned}", Self::NAME));
                    }
                    whole
                }
            }
        )+

        /// How many there are, the levels not counted.
        pub(crate) const SHAPES: usize = [$(stringify!($name)),+].len();

        /// Visits a shape of a level.
        pub(crate) fn visit(shape: usize, level: usize, visitor: &mut impl Visit) {
            let mut place = 0;
            $(
                if place == shape {
                    match level {
                        0 => visitor.visit::<$name<0>>(),
                        1 => visitor.visit::<$name<1>>(),
                        _ => visitor.visit::<$name<2>>(),
                    }
                }
                place += 1;
            )+
            assert!(shape < place);
        }
    };
}

shapes! {
    Plain holds ();
    Byte holds u8;
    Text holds String;
    List holds Vec<String>;
    Large holds u128;
    #[repr(align(16))] Aligned16 holds u8;
    #[repr(align(32))] Aligned32 holds u8;
    #[repr(align(64))] Aligned64 holds String;
    #[repr(align(128))] Aligned128 holds u128;
    Kilobytes4 holds [u8; 4096];
    #[repr(align(128))] AlignedKilobytes4 holds [u8; 4096];
    Kilobytes100 holds [u8; 102_400];
}

/// Visits every shape, on its middle level.
fn visit_all(visitor: &mut impl Visit) {
    (0..SHAPES).for_each(|shape| visit(shape, 1, visitor));
}

/// Looks at its event, lets others run, looks again.
struct Twice(&'static str);

impl<E: Shape> nexus::Handler<E> for Twice {
    type Emits = ();

    async fn handle(&mut self, event: &E, _: &mut Queue<()>) -> Result {
        event.see(self.0);
        tokio::task::yield_now().await;
        assert!(event.is_whole() && event.counted().is_intact());
        Ok(())
    }
}

#[test]
fn every_shape_goes_intact_through_every_way_in_and_is_dropped_once() {
    struct Through<'a>(&'a Counts);

    impl Visit for Through<'_> {
        fn visit<T: Shape>(&mut self) {
            let counts = self.0.clone();
            let each = many(40);
            one_thread().block_on(async {
                let (converted, ahead, produced, blocking, seeded, timed) = (
                    counts.clone(),
                    counts.clone(),
                    counts.clone(),
                    counts.clone(),
                    counts.clone(),
                    counts.clone(),
                );
                let nexus = Nexus::empty()
                    .capacity(8)
                    .converter(
                        "one by one",
                        futures_util::stream::iter((0..each).map(move |_| T::of(converted.make()))),
                    )
                    .converter_ahead(
                        "ahead",
                        16,
                        futures_util::stream::iter((0..each).map(move |_| T::of(ahead.make()))),
                    )
                    .producer("producer", move |out: Emitter<T>| async move {
                        for _ in 0..each {
                            out.emit(T::of(produced.make())).await.ok();
                        }
                    })
                    .blocking_producer("thread", move |out: Emitter<T>| {
                        (0..each).for_each(|_| drop(out.emit_blocking(T::of(blocking.make()))));
                    })
                    .timer(
                        "timer",
                        nexus::Timer::every(std::time::Duration::from_millis(1)).once(),
                        move |_| T::of(timed.make()),
                    )
                    .on("seed", move |_: &Seed, queue: &mut Queue<T>| {
                        (0..each).for_each(|_| queue.emit(T::of(seeded.make())));
                        Some(T::of(seeded.make()))
                    })
                    .on("at once", |event: &T, _: &mut Queue<()>| event.see("at once"))
                    .handler::<T, _>("twice", Twice("twice"))
                    .build()
                    .unwrap()
                    .start()
                    .unwrap();
                for _ in 0..each {
                    nexus.emit(T::of(counts.make())).await.unwrap();
                    nexus.ingest(T::of(counts.make())).await.unwrap();
                }
                nexus.ingest(Event::of(T::of(counts.make()))).await.unwrap();
                nexus.ingest(Seed).await.unwrap();
                let ledger = nexus.join().await.unwrap();
                is_settled(&ledger);
                let account = ledger.of::<T>();
                assert_eq!(
                    (account.handled, account.deliveries),
                    (7 * each as u64 + 3, 14 * each as u64 + 6),
                    "{ledger}"
                );
            });
            self.0.are_even();
        }
    }

    super::counted::bounded(|| {
        let counts = Counts::default();
        visit_all(&mut Through(&counts));
        let all = SHAPES * (7 * many(40) + 3);
        assert_eq!((counts.made(), counts.dropped()), (all, all), "none was cloned");
        assert_eq!((counts.seen("at once").len(), counts.seen("twice").len()), (all, all));
    });
}

/// What starts something.
#[named_event(priority = -100)]
pub(crate) struct Seed;

/// Adds handlers for one shape after the other.
struct Register(Option<Builder>);

impl Visit for Register {
    fn visit<T: Shape>(&mut self) {
        let builder = self.0.take().unwrap();
        self.0 = Some(
            builder
                .on("at once", |event: &T, _: &mut Queue<()>| event.see("at once"))
                .handler::<T, _>("twice", Twice("twice")),
        );
    }
}

#[test]
fn payloads_stand_where_their_alignment_asks_for_whatever_stood_there_before() {
    /// Emits them in an order that changes.
    struct Emit<'a>(&'a nexus::Handle, &'a Counts);

    impl Visit for Emit<'_> {
        fn visit<T: Shape>(&mut self) {
            self.0.try_emit(T::of(self.1.make())).unwrap_or_else(|_| panic!("there is room"));
        }
    }

    run(async {
        let counts = Counts::default();
        let mut register = Register(Some(Nexus::empty().capacity(None)));
        visit_all(&mut register);
        let nexus = register.0.unwrap().build().unwrap().start().unwrap();
        for round in 0..many(200) {
            for step in 0..SHAPES {
                visit((step * (round % SHAPES + 1) + round) % SHAPES, 1, &mut Emit(&nexus, &counts));
            }
            if round % 7 == 0 {
                // Whatever is reused starts from an emptied place, too.
                until(|| counts.alive() == 0).await;
            }
        }
        let ledger = nexus.join().await.unwrap();
        counts.agree_with(&ledger);
        assert_eq!(ledger.total().handled, counts.made() as u64);
    });
}

/// Bare payloads: nothing but what their names say.
mod bare {
    use nexus::NamedEvent;

    macro_rules! bare {
        ($($(#[$repr:meta])* $name:ident($inner:ty);)+) => {$(
            #[derive(Clone, Debug, PartialEq)]
            $(#[$repr])*
            pub(super) struct $name(pub(super) $inner);

            impl NamedEvent for $name {
                const NAME: &'static str = stringify!($name);
            }
        )+};
    }

    bare! {
        Word(String);
        Words(Vec<String>);
        Number(u128);
        Bytes([u8; 3]);
        #[repr(align(16))] Empty16(());
        #[repr(align(32))] Empty32([u8; 0]);
        #[repr(align(64))] Byte64(u8);
        #[repr(align(128))] Byte128(u8);
        Page([u64; 512]);
        Sheet([u64; 12_800]);
    }
}

/// Handles each of these values in turn, and looks whether it is what was put in, where it may stand.
async fn keeps<T: NamedEvent + PartialEq + Clone + std::fmt::Debug>(values: Vec<T>) {
    let (first, second) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let check = |values: Vec<T>, count: Arc<AtomicUsize>| {
        move |event: &T| {
            assert!(std::ptr::from_ref(event).addr().is_multiple_of(align_of::<T>()));
            assert!(*event == values[count.fetch_add(1, SeqCst)]);
        }
    };
    let (at_once, later) = (check(values.clone(), first.clone()), check(values.clone(), second.clone()));
    let later = Arc::new(later);
    let nexus = Nexus::empty()
        .on("at once", move |event: &T, _: &mut Queue<()>| at_once(event))
        .on_async("later", move |event: &T, _: &mut Queue<()>| {
            let later = later.clone();
            async move {
                tokio::task::yield_now().await;
                later(event);
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    let amount = values.len();
    for value in values {
        nexus.emit(value).await.unwrap();
    }
    let ledger = nexus.join().await.unwrap();
    is_settled(&ledger);
    assert_eq!((first.load(SeqCst), second.load(SeqCst)), (amount, amount));
    assert_eq!(ledger.of::<T>().handled, amount as u64, "{ledger}");
}

#[test]
fn bare_payloads_of_each_kind_are_kept() {
    run(async {
        let numbers = 0..many(300);
        keeps(numbers.clone().map(|number| bare::Word(Filling::of(number))).collect()).await;
        keeps(numbers.clone().map(|number| bare::Words(Filling::of(number))).collect()).await;
        keeps(numbers.clone().map(|number| bare::Number(Filling::of(number))).collect()).await;
        keeps(numbers.clone().map(|number| bare::Bytes(Filling::of(number))).collect()).await;
        keeps(numbers.clone().map(|_| bare::Empty16(())).collect()).await;
        keeps(numbers.clone().map(|_| bare::Empty32([])).collect()).await;
        keeps(numbers.clone().map(|number| bare::Byte64(Filling::of(number))).collect()).await;
        keeps(numbers.clone().map(|number| bare::Byte128(Filling::of(number))).collect()).await;
        keeps(numbers.map(|number| bare::Page([number as u64; 512])).collect()).await;
        Box::pin(keeps((0..20).map(|number| bare::Sheet([number; 12_800])).collect())).await;
    });
}

#[test]
fn payloads_without_size_are_handled_as_often_as_they_are_emitted_and_dropped_as_often() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    /// Not even a byte.
    #[named_event]
    struct Nothing;

    /// Nothing either, but it is noticed when it goes.
    #[named_event]
    struct Ghost {
        _private: (),
    }

    impl Ghost {
        fn appear() -> Self {
            MADE.fetch_add(1, SeqCst);
            Self { _private: () }
        }
    }

    impl Clone for Ghost {
        fn clone(&self) -> Self {
            Self::appear()
        }
    }

    impl Drop for Ghost {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }

    #[handler(Ghost)]
    async fn frightened(ghost: Ghost) {
        tokio::task::yield_now().await;
        drop(ghost);
    }

    assert_eq!((size_of::<Nothing>(), size_of::<Ghost>()), (0, 0));
    run(async {
        let nexus = Nexus::empty()
            .capacity(4)
            .on("nothing", |_: &Nothing, queue: &mut Queue<Ghost>| queue.emit(Ghost::appear()))
            .on("ghost", |_: &Ghost, _: &mut Queue<()>| ())
            .with::<frightened>()
            .build()
            .unwrap()
            .start()
            .unwrap();
        for _ in 0..many(1000) {
            nexus.emit(Nothing).await.unwrap();
            nexus.emit(Ghost::appear()).await.unwrap();
        }
        // At the door, and gone.
        let mut calls: Vec<_> = (0..10).map(|_| Box::pin(nexus.emit(Ghost::appear()))).collect();
        poll_fn(|cx| {
            calls.iter_mut().for_each(|call| drop(call.poll_unpin(cx)));
            std::task::Poll::Ready(())
        })
        .await;
        drop(calls);
        nexus.try_emit(Ghost::appear()).unwrap_or_else(|refused| drop(refused.into_event()));
        let ledger = nexus.join().await.unwrap();
        is_settled(&ledger);
        assert_eq!(ledger.of::<Nothing>().handled, many(1000) as u64);
        assert!(ledger.of::<Ghost>().handled >= 2 * many(1000) as u64, "{ledger}");
        assert!(MADE.load(SeqCst) >= 2 * many(1000));
        assert_eq!(MADE.load(SeqCst), DROPPED.load(SeqCst));
    });
}
