//! Workloads with several types of events, or several sources.

#![allow(clippy::wildcard_imports, reason = "a module a workload, so that names can repeat")]
#![allow(clippy::unused_async, reason = "`async` handlers are what is measured")]

use futures_util::stream;
use nexus::prelude::*;

use crate::harness::{Expect, Load, builder, drive, flow, measure};
use crate::tally::{Body, hit};
use crate::{Gauge, Measured, Way};

pub(crate) mod w2 {
    use super::*;

    #[derive(Domain)]
    struct W2;

    /// 64 types, of which an emitter declares eight: a set has at most twelve.
    macro_rules! types {
        ($($out:ident $batch:ident: $($event:ident $handler:ident $place:literal),+;)+) => {
            $($(
                event!($event);

                #[handler($event, domain = W2)]
                async fn $handler($event(body): &$event) {
                    hit($place, body.id, &body.bytes);
                }
            )+)+

            #[producer(domain = W2)]
            #[allow(clippy::too_many_arguments, reason = "an emitter a parameter")]
            async fn each($($out: Emitter<($($event),+)>,)+ load: &Load) -> Result {
                for round in (0..load.each).step_by(64) {
                    $($( $out.emit($event::new(round + $place)).await?; )+)+
                }
                Ok(())
            }

            /// Eight rounds make eight batches of 64.
            #[producer(domain = W2)]
            #[allow(clippy::too_many_arguments, reason = "an emitter a parameter")]
            async fn batch($($out: Emitter<($($event),+)>,)+ load: &Load) -> Result {
                $( let mut $batch = nexus::Batch::new(); )+
                for round in (0..load.batch).step_by(64) {
                    $(
                        $( $batch.push($event::new(round + $place)); )+
                        if $batch.len() == 64 {
                            $out.emit_batch(&mut $batch).await?;
                        }
                    )+
                }
                $( $out.emit_batch(&mut $batch).await?; )+
                Ok(())
            }

            /// The types of a stream's items are declared, and there are 64: so an item is a whole round.
            #[converter(domain = W2, ahead = 256)]
            fn pull(load: &Load) -> impl Stream<Item = Round> {
                stream::iter((0..load.pull).step_by(64).map(|round| {
                    rounds!(round; $($($event $place),+;)+)
                }))
            }

            async fn ingest(handle: nexus::Handle, n: u64) {
                for round in (0..n).step_by(64) {
                    $($( handle.ingest($event::new(round + $place)).await.expect("the nexus runs"); )+)+
                }
            }

            type Round = rounds!($($($event),+;)+);
        };
    }

    /// Tuples of tuples, since one has at most four places: the type, and a value of it.
    macro_rules! rounds {
        ($($a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident;)+) => {
            rounds!(@halves $((($a, $b, $c, $d), ($e, $f, $g, $h)))+)
        };
        ($round:ident; $($a:ident $an:literal, $b:ident $bn:literal, $c:ident $cn:literal, $d:ident $dn:literal,
            $e:ident $en:literal, $f:ident $fp:literal, $g:ident $gn:literal, $h:ident $hn:literal;)+) => {
            rounds!(@halves $((
                ($a::new($round + $an), $b::new($round + $bn), $c::new($round + $cn), $d::new($round + $dn)),
                ($e::new($round + $en), $f::new($round + $fp), $g::new($round + $gn), $h::new($round + $hn))
            ))+)
        };
        (@halves $a:tt $b:tt $c:tt $d:tt $e:tt $f:tt $g:tt $h:tt) => {
            (($a, $b, $c, $d), ($e, $f, $g, $h))
        };
    }

    types! {
        out0 batch0: Type0 type0 0, Type1 type1 1, Type2 type2 2, Type3 type3 3, Type4 type4 4, Type5 type5 5, Type6 type6 6, Type7 type7 7;
        out1 batch1: Type8 type8 8, Type9 type9 9, Type10 type10 10, Type11 type11 11, Type12 type12 12, Type13 type13 13, Type14 type14 14, Type15 type15 15;
        out2 batch2: Type16 type16 16, Type17 type17 17, Type18 type18 18, Type19 type19 19, Type20 type20 20, Type21 type21 21, Type22 type22 22, Type23 type23 23;
        out3 batch3: Type24 type24 24, Type25 type25 25, Type26 type26 26, Type27 type27 27, Type28 type28 28, Type29 type29 29, Type30 type30 30, Type31 type31 31;
        out4 batch4: Type32 type32 32, Type33 type33 33, Type34 type34 34, Type35 type35 35, Type36 type36 36, Type37 type37 37, Type38 type38 38, Type39 type39 39;
        out5 batch5: Type40 type40 40, Type41 type41 41, Type42 type42 42, Type43 type43 43, Type44 type44 44, Type45 type45 45, Type46 type46 46, Type47 type47 47;
        out6 batch6: Type48 type48 48, Type49 type49 49, Type50 type50 50, Type51 type51 51, Type52 type52 52, Type53 type53 53, Type54 type54 54, Type55 type55 55;
        out7 batch7: Type56 type56 56, Type57 type57 57, Type58 type58 58, Type59 type59 59, Type60 type60 60, Type61 type61 61, Type62 type62 62, Type63 type63 63;
    }

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        let (builder, expect) = (builder::<W2>(Load::new(way, n)), Expect::handled(n, 1));
        if way != Way::Ingest {
            return flow(builder, expect, gauge).await;
        }
        drive(builder, expect, gauge, async |handle| ingest(handle, n).await).await
    }
}

pub(crate) mod w3 {
    use super::*;

    #[derive(Domain)]
    struct W3;

    event!(Primary);

    #[handler(Primary, domain = W3)]
    async fn cause(Primary(body): &Primary, queue: &mut Queue<(Second, Third, Fourth, Fifth)>) {
        hit(0, body.id, &body.bytes);
        queue.emit(Second(*body));
        queue.emit(Third(*body));
        queue.emit(Fourth(*body));
        queue.emit(Fifth(*body));
    }

    macro_rules! secondary {
        ($($event:ident $handler:ident $place:literal),+) => { $(
            #[named_event]
            struct $event(Body);

            #[handler($event, domain = W3)]
            async fn $handler($event(body): &$event) {
                hit($place, body.id, &body.bytes);
            }
        )+ };
    }

    secondary!(Second second 1, Third third 2, Fourth fourth 3, Fifth fifth 4);
    sources!(W3, Primary);

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        let expect = Expect { accepted: 5 * n, ..Expect::handled(n, 5) };
        measure(builder::<W3>(Load::new(way, n)), way, expect, gauge, Primary::new).await
    }
}

pub(crate) mod w6 {
    use super::*;

    #[derive(Domain)]
    struct W6;

    event!(Common);

    #[handler(Common, domain = W6)]
    async fn handle(Common(body): &Common) {
        hit(0, body.id, &body.bytes);
    }

    const PRODUCERS: u64 = 8;

    /// The events that the producer of this place brings.
    fn share(n: u64, place: u64) -> std::ops::Range<u64> {
        n / PRODUCERS * place..n / PRODUCERS * (place + 1)
    }

    macro_rules! producers {
        ($($each:ident $batch:ident $place:literal),+) => { $(
            #[producer(domain = W6)]
            async fn $each(out: Emitter<Common>, load: &Load) -> Result {
                for id in share(load.each, $place) {
                    out.emit(Common::new(id)).await?;
                }
                Ok(())
            }

            #[producer(domain = W6)]
            async fn $batch(out: Emitter<Common>, load: &Load) -> Result {
                let mut batch = nexus::Batch::new();
                for id in share(load.batch, $place) {
                    batch.push(Common::new(id));
                    if batch.len() == 64 {
                        out.emit_batch(&mut batch).await?;
                    }
                }
                out.emit_batch(&mut batch).await?;
                Ok(())
            }
        )+ };
    }

    producers!(each0 batch0 0, each1 batch1 1, each2 batch2 2, each3 batch3 3);
    producers!(each4 batch4 4, each5 batch5 5, each6 batch6 6, each7 batch7 7);

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        let (builder, expect) = (builder::<W6>(Load::new(way, n)), Expect::handled(n, 1));
        if way != Way::Ingest {
            return flow(builder, expect, gauge).await;
        }
        drive(builder, expect, gauge, async |handle| {
            let callers: Vec<_> = (0..PRODUCERS)
                .map(|place| {
                    let handle = handle.clone();
                    tokio::spawn(async move {
                        for id in share(n, place) {
                            handle.ingest(Common::new(id)).await.expect("the nexus runs");
                        }
                    })
                })
                .collect();
            for caller in callers {
                caller.await.expect("the caller ends well");
            }
        })
        .await
    }
}

pub(crate) mod levels {
    use super::*;

    #[derive(Domain)]
    struct Levels;

    event!(Urgent, priority = -10);
    event!(Usual, priority = 0);
    event!(Later, priority = 10);
    event!(Whenever, priority = 20);

    macro_rules! handlers {
        ($($event:ident $handler:ident $place:literal),+) => { $(
            #[handler($event, domain = Levels)]
            async fn $handler($event(body): &$event) {
                hit($place, body.id, &body.bytes);
            }
        )+ };
    }

    handlers!(Urgent urgent 0, Usual usual 1, Later later 2, Whenever whenever 3);

    #[producer(domain = Levels)]
    async fn each(out: Emitter<(Urgent, Usual, Later, Whenever)>, load: &Load) -> Result {
        for id in (0..load.each).step_by(4) {
            out.emit(Whenever::new(id)).await?;
            out.emit(Urgent::new(id + 1)).await?;
            out.emit(Later::new(id + 2)).await?;
            out.emit(Usual::new(id + 3)).await?;
        }
        Ok(())
    }

    #[producer(domain = Levels)]
    async fn batch(out: Emitter<(Urgent, Usual, Later, Whenever)>, load: &Load) -> Result {
        let mut batch = nexus::Batch::new();
        for id in (0..load.batch).step_by(4) {
            batch.push(Whenever::new(id));
            batch.push(Urgent::new(id + 1));
            batch.push(Later::new(id + 2));
            batch.push(Usual::new(id + 3));
            if batch.len() == 64 {
                out.emit_batch(&mut batch).await?;
            }
        }
        Ok(())
    }

    #[converter(domain = Levels, ahead = 256)]
    fn pull(load: &Load) -> impl Stream<Item = (Whenever, Urgent, Later, Usual)> {
        stream::iter(
            (0..load.pull)
                .step_by(4)
                .map(|id| (Whenever::new(id), Urgent::new(id + 1), Later::new(id + 2), Usual::new(id + 3))),
        )
    }

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
        flow(builder::<Levels>(Load::new(way, n)), Expect::handled(n, 1), gauge).await
    }
}

pub(crate) mod hop {
    use nexus::Nexus;

    use super::*;
    use crate::tally::compute;

    #[derive(Domain)]
    struct Front;

    #[derive(Domain)]
    struct Back;

    event!(Raw);

    #[named_event]
    struct Cooked(Body);

    /// How long each handler computes.
    struct Rounds(u32);

    #[handler(Raw, domain = Front)]
    async fn cook(Raw(body): &Raw, queue: &mut Queue<Cooked>, rounds: &Rounds) {
        hit(0, body.id, &body.bytes);
        compute(rounds.0, body.id);
        queue.emit(Cooked(*body));
    }

    #[derive(Boundary)]
    #[boundary(from = Front, to = Back, events(Cooked), capacity = 512, ahead = 256)]
    struct ToTheBack;

    #[handler(Cooked, domain = Back)]
    async fn serve(Cooked(body): &Cooked, rounds: &Rounds) {
        hit(1, body.id, &body.bytes);
        compute(rounds.0, body.id);
    }

    sources!(Front, Raw);

    pub(crate) async fn run(way: Way, n: u64, gauge: Gauge, rounds: u32) -> Measured {
        let items = Nexus::empty().with::<cook>().with::<ToTheBack>().with::<serve>();
        let sources = items.with::<each>().with::<batch>().with::<pull>();
        let builder = sources.state(Load::new(way, n)).state(Rounds(rounds));
        // Those of the front, what arises from them, and that again behind the boundary.
        flow(builder, Expect { accepted: 3 * n, ..Expect::handled(n, 2) }, gauge).await
    }
}
