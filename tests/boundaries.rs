//! Boundaries: between two domains of one nexus, and between two nexuses.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, stream};
use nexus::dynamic::{Boundary, CallError, DynamicNexus, Handler, Key};
use nexus::prelude::*;
use nexus::{BoxError, Builder, IngestError, Limits, Main, Policy, Problem, State, Timer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, Semaphore};

#[named_event]
#[derive(Clone)]
struct Question(u32);

#[named_event]
struct Answer(u32);

#[named_event]
struct Seen(u32);

#[derive(Domain)]
struct Audit;

#[derive(Domain)]
struct Vault;

type Heard<T> = (UnboundedSender<T>, UnboundedReceiver<T>);

/// `Main` asks `Audit`, which answers; what `Main` hears is sent out.
fn asking(limits: Limits, heard: UnboundedSender<u32>) -> Builder {
    Nexus::empty()
        .boundary::<Main, Audit, Question, Answer>("to audit", limits)
        .on("hear", move |answer: &Answer, _: &mut Queue<()>| {
            heard.send(answer.0).ok();
        })
        .domain::<Audit>()
        .on("answer", |question: &Question, _: &mut Queue<()>| Answer(question.0 * 10))
}

/// A handler that needs a permit for each question.
fn behind(
    gate: Arc<Semaphore>,
) -> impl for<'a> FnMut(&'a Question, &'a mut Queue<()>) -> BoxFuture<'a, std::result::Result<(), BoxError>> + Send
{
    move |_, _| {
        let gate = gate.clone();
        async move {
            gate.acquire().await?.forget();
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_boundary_carries_events_and_brings_back_what_answers_them() {
    let (sender, mut heard): Heard<u32> = unbounded_channel();
    let nexus = asking(Limits::default(), sender).build().unwrap().start().unwrap();
    nexus.ingest(Question(4)).await.unwrap();
    assert_eq!(heard.recv().await, Some(40));
    let ledger = nexus.join().await.unwrap();
    let boundary = &ledger.boundaries[0];
    assert_eq!((boundary.taken, boundary.delivered, boundary.replies), (1, 1, 1), "{ledger}");
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!(ledger.of::<Question>().handled, 2, "once in each domain: {ledger}");
    assert_eq!(
        ledger.of::<Answer>().accepted,
        1,
        "an answer is an event of the domain that asked only: {ledger}"
    );
    assert!(
        ledger
            .to_string()
            .contains("boundary to audit: 1 taken = 1 delivered + 0 dropped + 0 waiting; 1 replies")
    );
}

#[tokio::test]
async fn a_nexus_ends_by_itself_only_when_everything_has_arrived() {
    let (sender, mut heard): Heard<u32> = unbounded_channel();
    let questions = stream::iter((1..=500).map(Question));
    let ledger = asking(Limits::default().capacity(3).ahead(1), sender)
        .domain::<Main>()
        .converter("questions", questions)
        .build()
        .unwrap()
        .run()
        .await
        .unwrap();
    assert_eq!(ledger.boundaries[0].delivered, 500, "{ledger}");
    let mut answers = Vec::new();
    heard.recv_many(&mut answers, 1000).await;
    assert_eq!(answers, (1..=500).map(|n| n * 10).collect::<Vec<_>>(), "in order");
}

#[tokio::test]
async fn a_drain_forwards_what_waits_and_handles_the_replies() {
    let (sender, mut heard): Heard<u32> = unbounded_channel();
    let nexus = asking(Limits::default(), sender).build().unwrap().start().unwrap();
    for n in 1..=200 {
        nexus.emit(Question(n)).await.unwrap();
    }
    nexus.drain().unwrap();
    let ledger = nexus.join().await.unwrap();
    let taken = ledger.boundaries[0].taken;
    assert_eq!((taken, ledger.boundaries[0].dropped), (200, 0), "{ledger}");
    let mut answers = Vec::new();
    heard.recv_many(&mut answers, 1000).await;
    assert_eq!(answers.len(), 200);
}

/// `Vault` is asked through `Audit`.
fn chained<R: nexus::EventSet>(heard: &UnboundedSender<&'static str>) -> Builder {
    let hear = |domain: &'static str| {
        let heard = heard.clone();
        move |_: &Answer, _: &mut Queue<()>| {
            heard.send(domain).ok();
        }
    };
    Nexus::empty()
        .boundary::<Main, Audit, Question, R>("to audit", Limits::default())
        .on("hear in main", hear("main"))
        .domain::<Audit>()
        .boundary::<Audit, Vault, Question, Answer>("to vault", Limits::default())
        .on("hear in audit", hear("audit"))
        .domain::<Vault>()
        .on("answer", |question: &Question, _: &mut Queue<()>| Answer(question.0))
}

#[tokio::test]
async fn a_reply_goes_back_through_a_chain_as_far_as_boundaries_name_it() {
    for all in [true, false] {
        let (sender, mut heard): Heard<&str> = unbounded_channel();
        let builder = if all { chained::<Answer>(&sender) } else { chained::<()>(&sender) };
        let nexus = builder.build().unwrap().start().unwrap();
        nexus.ingest(Question(1)).await.unwrap();
        assert_eq!(heard.recv().await, Some(if all { "main" } else { "audit" }));
    }
}

#[tokio::test]
async fn a_handler_may_reply_by_hand_also_in_a_chain() {
    let (sender, mut heard): Heard<&str> = unbounded_channel();
    let (in_main, in_audit) = (sender.clone(), sender);
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default())
        .on("hear in main", move |_: &Answer, _: &mut Queue<()>| {
            in_main.send("main").ok();
        })
        .domain::<Audit>()
        .boundary::<Audit, Vault, Question, ()>("to vault", Limits::default())
        .on("pass on", move |answer: &Answer, queue: &mut Queue<Event>| {
            in_audit.send("audit").ok();
            queue.reply(Answer(answer.0))
        })
        .domain::<Vault>()
        .on("answer", |question: &Question, queue: &mut Queue<Event>| queue.reply(Answer(question.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    assert_eq!((heard.recv().await, heard.recv().await), (Some("audit"), Some("main")));
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.total().failed, 0, "{ledger}");
}

#[tokio::test]
async fn a_reply_where_nobody_asked_is_an_ordinary_event_and_one_by_hand_is_a_failure() {
    let (sender, mut heard): Heard<u32> = unbounded_channel();
    let failures = Arc::new(AtomicUsize::new(0));
    let count = failures.clone();
    let here = sender.clone();
    let nexus = asking(Limits::default(), sender)
        .on("hear here", move |answer: &Answer, _: &mut Queue<()>| {
            here.send(answer.0 + 1).ok();
        })
        .on("by hand", |seen: &Seen, queue: &mut Queue<Event>| queue.reply(Answer(seen.0)))
        .on_error(move |failure, _| {
            assert!(failure.error::<CallError>().unwrap().is_bad_call(), "{failure}");
            count.fetch_add(1, SeqCst);
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    let audit = nexus.domain::<Audit>().unwrap();
    audit.ingest(Question(1)).await.unwrap();
    assert_eq!(heard.recv().await, Some(11), "handled where it arose");
    audit.ingest(Seen(1)).await.unwrap();
    assert_eq!(failures.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_tree_waits_while_its_events_stand_too_far_back() {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default().capacity(2).ahead(1))
        .on("other", |_: &Seen, _: &mut Queue<()>| ())
        .domain::<Audit>()
        .on_async("slow", behind(gate))
        .build()
        .unwrap()
        .start()
        .unwrap();
    // One in hand over there, two that wait: none of these calls does.
    for n in 1..=3 {
        nexus.ingest(Question(n)).await.unwrap();
        // The forwarder takes the first one out.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let handle = nexus.handle();
    let mut fourth = Box::pin(async move { handle.ingest(Question(4)).await });
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut fourth).await.is_err());
    nexus.ingest(Seen(1)).await.expect("the nexus goes on with other events");
    open.add_permits(1);
    fourth.await.unwrap();
    open.add_permits(3);
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.boundaries[0].delivered, 4, "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn emitters_that_wait_for_nothing_else_wait_at_the_door_for_a_full_boundary() {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let nexus = Nexus::empty()
        .capacity(8)
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default().capacity(2).ahead(1))
        .on("other", |_: &Seen, _: &mut Queue<()>| ())
        .producer("flood", move |out: Emitter<Question>| async move {
            for n in 0..100 {
                out.emit(Question(n)).await?;
                count.fetch_add(1, SeqCst);
            }
            Ok::<(), nexus::BoxError>(())
        })
        .domain::<Audit>()
        .on_async("slow", behind(gate))
        .build()
        .unwrap()
        .start()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // 8 that count for the door, 2 that wait in the boundary, one in hand.
    assert!(sent.load(SeqCst) <= 12, "{} were sent", sent.load(SeqCst));
    open.add_permits(100);
    let ledger = nexus.join().await.unwrap();
    assert_eq!((sent.load(SeqCst), ledger.boundaries[0].delivered), (100, 100), "{ledger}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_drops_what_waits_and_answers_whoever_waits_for_it() {
    let in_hand = Arc::new(Notify::new());
    let reached = in_hand.clone();
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default().capacity(1).ahead(1))
        .domain::<Audit>()
        .on_async("slow", move |_: &Question, _: &mut Queue<()>| {
            let in_hand = in_hand.clone();
            async move {
                in_hand.notify_one();
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    reached.notified().await;
    nexus.ingest(Question(2)).await.unwrap();
    let handle = nexus.handle();
    let third = tokio::spawn(async move { handle.ingest(Question(3)).await });
    tokio::time::sleep(Duration::from_millis(1)).await;
    nexus.stop().unwrap();
    assert!(matches!(third.await.unwrap(), Err(IngestError::Cut)));
    let ledger = nexus.join().await.unwrap();
    let boundary = &ledger.boundaries[0];
    assert_eq!((boundary.taken, boundary.delivered, boundary.dropped), (3, 1, 2), "{ledger}");
}

#[tokio::test]
async fn boundaries_that_face_each_other_cannot_block() {
    #[named_event]
    struct There(u32);
    #[named_event]
    struct Back(u32);
    let nexus = Nexus::empty()
        .capacity(1)
        .boundary::<Main, Audit, There, ()>("there", Limits::default().capacity(1).ahead(1))
        .boundary::<Audit, Main, Back, ()>("back", Limits::default().capacity(1).ahead(1))
        .on("again", |back: &Back, queue: &mut Queue<There>| {
            (0..back.0).for_each(|n| queue.emit(There(n)));
        })
        .domain::<Audit>()
        .on("return", |there: &There, queue: &mut Queue<Back>| {
            (0..there.0).for_each(|n| queue.emit(Back(n)));
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(There(12)).await.unwrap();
    let audit = nexus.domain::<Audit>().unwrap();
    audit.ingest(Back(12)).await.unwrap();
    drop(audit);
    let ledger = nexus.join().await.unwrap();
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!(
        (ledger.total().dropped, ledger.of::<There>().accepted),
        (0, ledger.of::<There>().handled),
        "{ledger}"
    );
    assert_eq!(ledger.of::<There>().accepted + ledger.of::<Back>().accepted, 2 * 2 * (1 << 12), "{ledger}");
}

#[tokio::test]
async fn an_event_that_hops_for_ever_takes_no_more_room() {
    #[named_event]
    struct Hop(u32);
    #[named_event]
    struct HopBack(u32);
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Hop, ()>("there", Limits::default())
        .boundary::<Audit, Main, HopBack, ()>("back", Limits::default())
        .on("again", |hop: &HopBack, queue: &mut Queue<Hop>| {
            if hop.0 > 0 {
                queue.emit(Hop(hop.0 - 1));
            }
        })
        .domain::<Audit>()
        .on("return", |hop: &Hop, queue: &mut Queue<HopBack>| queue.emit(HopBack(hop.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Hop(50_000)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!(ledger.of::<Hop>().handled, 2 * 50_001, "{ledger}");
}

#[tokio::test]
async fn errors_behind_a_boundary_are_reported_there_and_stop_nothing() {
    for policy in [Policy::Report, Policy::Fail] {
        let reported = Arc::new(AtomicUsize::new(0));
        let count = reported.clone();
        let nexus = Nexus::empty()
            .policy(policy)
            .boundary::<Main, Audit, Question, ()>("to audit", Limits::default())
            .domain::<Audit>()
            .on(
                "odd",
                |question: &Question, _: &mut Queue<()>| {
                    if question.0 % 2 == 1 { Err("odd") } else { Ok(()) }
                },
            )
            .on_error(move |_, event| {
                assert_eq!(event.unwrap().payload::<Question>().unwrap().0 % 2, 1);
                count.fetch_add(1, SeqCst);
            })
            .build()
            .unwrap()
            .start()
            .unwrap();
        for n in 0..10 {
            nexus.ingest(Question(n)).await.expect("the call's own tree is done");
        }
        let ledger = nexus.join().await.unwrap();
        assert_eq!((reported.load(SeqCst), ledger.of::<Question>().failed), (5, 5), "{ledger}");
    }
}

#[tokio::test]
async fn an_event_keeps_its_id_and_can_be_taken_by_value_on_both_sides() {
    let (sender, mut heard): Heard<(&str, i64, Option<i64>, u32)> = unbounded_channel();

    #[handler(Question)]
    fn take_here(
        question: Question,
        meta: Meta,
        heard: &UnboundedSender<(&'static str, i64, Option<i64>, u32)>,
    ) {
        heard.send(("here", meta.id(), meta.cause(), question.0)).unwrap();
    }
    #[handler(Question, domain = Audit)]
    fn take_there(
        question: Question,
        meta: Meta,
        heard: &UnboundedSender<(&'static str, i64, Option<i64>, u32)>,
    ) -> Answer {
        heard.send(("there", meta.id(), meta.cause(), question.0)).unwrap();
        Answer(question.0)
    }
    #[handler(Answer)]
    fn hear(answer: &Answer, meta: Meta, heard: &UnboundedSender<(&'static str, i64, Option<i64>, u32)>) {
        heard.send(("back", meta.id(), meta.cause(), answer.0)).unwrap();
    }
    let nexus = Nexus::empty()
        .state(sender)
        .boundary::<Main, Audit, Question, Answer>("to audit", Limits::default())
        .with::<take_here>()
        .with::<take_there>()
        .with::<hear>()
        .on("first", |seen: &Seen, queue: &mut Queue<Question>| queue.emit(Question(seen.0)))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Seen(7)).await.unwrap();
    assert_eq!(heard.recv().await, Some(("here", 2, Some(1), 7)));
    assert_eq!(heard.recv().await, Some(("there", 2, Some(1), 7)));
    assert_eq!(heard.recv().await, Some(("back", 3, Some(2), 7)), "caused by the question");
}

#[test]
fn what_a_boundary_carries_is_an_edge_that_is_checked() {
    let one_problem = |builder: Builder| -> Problem {
        let error = builder.build().unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        error.problems()[0].clone()
    };
    let carried = || Nexus::empty().boundary::<Main, Audit, Question, ()>("to audit", Limits::default());
    let problem = one_problem(carried());
    assert!(
        problem.to_string().contains("write a handler there: `#[handler(Question, domain = Audit)]`"),
        "{problem}"
    );
    let Problem::NotHandled { event, domain, emitters, .. } = problem else { panic!() };
    assert_eq!(
        (event, domain, emitters[0].to_string().as_str()),
        ("Question", "Audit", "boundary `to audit`")
    );

    let answer = |question: &Question, _: &mut Queue<()>| Answer(question.0);
    let replies = Nexus::empty()
        .boundary::<Main, Audit, Question, Answer>("to audit", Limits::default())
        .domain::<Audit>()
        .on("answer", answer);
    let Problem::NotHandled { event, domain, .. } = one_problem(replies) else { panic!() };
    assert_eq!((event, domain), ("Answer", "Main"), "nobody there hears it");

    let (sender, _heard): Heard<u32> = unbounded_channel();
    let asked_by_a_timer =
        asking(Limits::default(), sender).timer("ask", Timer::every(Duration::from_secs(1)), |_| Question(1));
    let problem = one_problem(asked_by_a_timer);
    let Problem::NoWayBack { event, domain, ref emitters, ref sources, .. } = problem else {
        panic!("{problem}")
    };
    assert_eq!((event, domain, emitters[0].name.as_str()), ("Answer", "Audit", "answer"));
    assert_eq!(sources[0].to_string(), "timer `ask`");
    assert!(problem.to_string().contains("help: write a handler for it there"), "{problem}");

    let (sender, _heard): Heard<u32> = unbounded_channel();
    let from_elsewhere = asking(Limits::default(), sender)
        .domain::<Vault>()
        .timer("ask", Timer::every(Duration::from_secs(1)), |_| Question(1))
        .boundary::<Vault, Audit, Question, ()>("from vault", Limits::default());
    let Problem::NoWayBack { .. } = one_problem(from_elsewhere) else { panic!() };

    let round = Nexus::empty()
        .boundary::<Main, Audit, Question, ()>("there", Limits::default())
        .boundary::<Audit, Vault, Question, ()>("further", Limits::default())
        .boundary::<Vault, Main, Question, ()>("back", Limits::default());
    let problem = one_problem(round);
    let Problem::CarriedRound { event: "Question", ref boundaries } = problem else { panic!("{problem}") };
    assert_eq!(boundaries.iter().map(|at| &*at.name).collect::<Vec<_>>(), ["further", "back", "there"]);

    let round = Nexus::empty()
        .boundary::<Main, Main, Question, ()>("round", Limits::default())
        .on("see", |_: &Question, _: &mut Queue<()>| ());
    let Problem::BadBoundary { reason, .. } = one_problem(round) else { panic!() };
    assert_eq!(reason, "leads from `Main` to `Main`");
    let open = Nexus::empty().boundary::<Main, Audit, Event, ()>("open", Limits::default());
    let Problem::BadBoundary { .. } = one_problem(open) else { panic!() };
}

#[test]
fn a_graph_shows_both_sides_and_what_goes_between_them() {
    let (sender, _heard): Heard<u32> = unbounded_channel();
    let plan = asking(Limits::default(), sender).plan();
    let mermaid = plan.mermaid();
    for line in [
        "Main_Question --> Main_to_audit",
        "Main_to_audit ==> Audit_to_audit",
        "Audit_to_audit --> Audit_Question",
        "Audit_answer --> Audit_Answer",
        "Audit_Answer --> Audit_to_audit",
        "Main_to_audit --> Main_Answer",
        "Main_Answer --> Main_hear",
    ] {
        assert!(mermaid.contains(line), "{line} is not in\n{mermaid}");
    }
    assert!(plan.dot().contains("\"Main_to_audit\" -> \"Audit_to_audit\" [style = bold]"), "{}", plan.dot());
    assert!(plan.table().contains("boundary to audit"), "{}", plan.table());
}

#[tokio::test]
async fn of_a_domain_that_is_built_alone_the_boundary_is_an_open_end() {
    let (sender, _heard): Heard<u32> = unbounded_channel();
    let nexus = asking(Limits::default(), sender).only::<Main>().build().unwrap().start().unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    let ledger = nexus.join().await.unwrap();
    assert_eq!((ledger.boundaries[0].taken, ledger.boundaries[0].dropped), (1, 1), "{ledger}");

    let (sender, _heard): Heard<u32> = unbounded_channel();
    let nexus = asking(Limits::default(), sender).only::<Audit>().build().unwrap().start().unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    assert_eq!(nexus.join().await.unwrap().of::<Question>().handled, 1);
}

#[tokio::test]
async fn with_ahead_several_trees_are_under_way() {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default().capacity(50).ahead(4))
        .domain::<Audit>()
        .on_async("slow", behind(gate))
        .build()
        .unwrap()
        .start()
        .unwrap();
    for n in 0..10 {
        nexus.ingest(Question(n)).await.unwrap();
    }
    let audit = nexus.domain::<Audit>().unwrap();
    while audit.ledger().boundaries[0].delivered < 4 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(audit.ledger().boundaries[0].delivered, 4, "no more than four");
    open.add_permits(10);
    drop(audit);
    assert_eq!(nexus.join().await.unwrap().boundaries[0].delivered, 10);
}

#[tokio::test]
async fn not_even_the_first_piece_is_more_than_the_other_side_holds() {
    let gate = Arc::new(Semaphore::new(0));
    let nexus = Nexus::empty()
        .capacity(8)
        .on("twenty", |_: &Seen, queue: &mut Queue<Question>| (0..20).for_each(|n| queue.emit(Question(n))))
        .boundary::<Main, Audit, Question, ()>("to audit", Limits::default().ahead(256))
        .domain::<Audit>()
        .on_async("slow", behind(gate.clone()))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.emit(Seen(1)).await.unwrap();
    while nexus.ledger().boundaries[0].delivered == 0 {
        tokio::task::yield_now().await;
    }
    let ledger = nexus.ledger();
    assert!(ledger.boundaries[0].delivered <= 8, "{ledger}");
    gate.add_permits(20);
    assert_eq!(nexus.join().await.unwrap().boundaries[0].delivered, 20);
}

#[named_event(priority = -1)]
struct Urgent(u32);

type Noted = Mutex<Vec<(u32, i64)>>;

#[derive(Default)]
struct Ids {
    usual: Noted,
    urgent: Noted,
}

#[handler(Question, domain = Audit)]
fn note_usual(event: &nexus::Event, ids: &Ids) {
    ids.usual.lock().unwrap().push((event.payload::<Question>().unwrap().0, event.id()));
}

#[handler(Urgent, domain = Audit)]
fn note_urgent(event: &nexus::Event, ids: &Ids) {
    ids.urgent.lock().unwrap().push((event.payload::<Urgent>().unwrap().0, event.id()));
}

#[producer]
async fn both(out: Emitter<(Question, Urgent)>) -> Result {
    for n in 0..500 {
        out.emit(Question(n)).await?;
        out.emit(Urgent(n)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pieces_keep_the_order_of_each_priority_and_every_id() {
    for ahead in [1, 2, 3, 256] {
        for (capacity, holds) in [(1, Some(1)), (7, Some(8)), (50, Some(1024)), (512, None)] {
            let ids = Arc::new(Ids::default());
            let ledger = Nexus::empty()
                .capacity(holds)
                .shared_state(ids.clone())
                .with::<both>()
                .boundary::<Main, Audit, (Question, Urgent), ()>(
                    "to audit",
                    Limits::default().capacity(capacity).ahead(ahead),
                )
                .with::<note_usual>()
                .with::<note_urgent>()
                .build()
                .unwrap()
                .run()
                .await
                .unwrap();
            let account = &ledger.boundaries[0];
            assert_eq!((account.taken, account.delivered, account.waiting), (1000, 1000, 0), "{ledger}");
            let (usual, urgent) = (ids.usual.lock().unwrap(), ids.urgent.lock().unwrap());
            assert!(usual.iter().copied().eq((0..500).map(|n| (n, i64::from(2 * n + 1)))), "{usual:?}");
            assert!(urgent.iter().copied().eq((0..500).map(|n| (n, i64::from(2 * n + 2)))), "{urgent:?}");
        }
    }
}

/// A front that asks, on the runtime of the test; and a back on a runtime of its own, which answers.
#[test]
fn two_nexuses_on_two_runtimes_are_joined_by_hand() {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let (here, there) = (runtime(), runtime());
    let (sender, mut heard): Heard<i64> = unbounded_channel();
    let boundary = Boundary::new("to the back");
    let front = DynamicNexus::new(Nexus::empty().on("hear", move |answer: &Answer, _: &mut Queue<()>| {
        sender.send(answer.0.into()).ok();
    }))
    .unwrap();
    front.add_handler(Key::of::<Question>(), boundary.handler()).unwrap();
    let back = Nexus::empty()
        .on("answer", |question: &Question, queue: &mut Queue<Event>| queue.reply(Answer(question.0 + 1)))
        .build()
        .unwrap();
    back.handle().overlay().add_source(boundary.source()).unwrap();
    let running = {
        let _inside = there.enter();
        back.start().unwrap()
    };
    here.block_on(async {
        front.start().unwrap();
        for n in 0..100 {
            front.ingest(Question(n)).await.unwrap();
        }
        for n in 1..=100 {
            assert_eq!(heard.recv().await, Some(n));
        }
        front.drain().unwrap();
        front.ended().await;
    });
    assert_eq!(boundary.account().replies, 100);
    // When nobody can send any more, the boundary closes, and the back ends by itself.
    drop((front, boundary));
    let ledger = there.block_on(running.join()).unwrap();
    assert_eq!(ledger.of::<Question>().handled, 100, "{ledger}");
}

#[tokio::test]
async fn a_boundary_by_hand_that_is_closed_refuses_and_forwards_what_waits() {
    let (front, back) =
        (DynamicNexus::new(Nexus::empty()).unwrap(), DynamicNexus::new(Nexus::empty()).unwrap());
    let boundary = Boundary::with("b", Limits::default().capacity(1).ahead(1));
    front.add_handler(1, boundary.handler()).unwrap();
    let (sender, mut heard): Heard<i64> = unbounded_channel();
    back.add_handler(
        1,
        &Handler::sync("hear", move |event, _| {
            sender.send(event.id()).ok();
        }),
    )
    .unwrap();
    back.add_source(boundary.source()).unwrap();
    front.start().unwrap();
    front.emit(Event::new(1, 1, 0, ())).await.unwrap();
    let handle = (**front).clone();
    let second = tokio::spawn(async move { handle.ingest(Event::new(2, 1, 0, ())).await });
    while boundary.account().taken < 2 {
        tokio::task::yield_now().await;
    }
    boundary.close();
    front.ingest(Event::new(3, 1, 0, ())).await.unwrap();
    assert_eq!(front.ledger().total().failed, 1, "the third was refused");
    assert!(!second.is_finished(), "the second waits too far back");
    back.start().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!((heard.recv().await, heard.recv().await), (Some(1), Some(2)));
    assert_eq!(back.state(), State::Looping);
    let account = boundary.account();
    assert_eq!((account.taken, account.delivered, account.waiting), (2, 2, 0), "{account}");
}

#[tokio::test]
async fn what_waits_for_a_nexus_that_is_cleaned_up_unstarted_is_in_the_account() {
    let (front, back) =
        (DynamicNexus::new(Nexus::empty()).unwrap(), DynamicNexus::new(Nexus::empty()).unwrap());
    let boundary = Boundary::new("b");
    front.add_handler(1, boundary.handler()).unwrap();
    back.add_source(boundary.source()).unwrap();
    front.start().unwrap();
    front.ingest(Event::new(1, 1, 0, ())).await.unwrap();
    back.cleanup().await;
    let account = boundary.account();
    assert_eq!((account.taken, account.dropped, account.waiting), (1, 1, 0), "{account}");
}

/// Emitters on both sides, each held up by a boundary that is full, must not hold up what the boundaries wait for.
#[tokio::test]
async fn emitters_that_flood_boundaries_that_face_each_other_get_through() {
    #[named_event]
    struct There;
    #[named_event]
    struct Back;
    let flood = 200_u32;
    let nexus = Nexus::empty()
        .capacity(1)
        .boundary::<Main, Audit, There, ()>("there", Limits::default().capacity(1).ahead(1))
        .boundary::<Audit, Main, Back, ()>("back", Limits::default().capacity(1).ahead(1))
        .on("end", |_: &Back, _: &mut Queue<()>| ())
        .producer("flood there", move |out: Emitter<There>| async move {
            for _ in 0..flood {
                out.emit(There).await?;
            }
            Ok::<(), BoxError>(())
        })
        .domain::<Audit>()
        .on("end there", |_: &There, _: &mut Queue<()>| ())
        .producer("flood back", move |out: Emitter<Back>| async move {
            for _ in 0..flood {
                out.emit(Back).await?;
            }
            Ok::<(), BoxError>(())
        })
        .build()
        .unwrap();
    let ledger = nexus.run().await.unwrap();
    assert!(ledger.boundaries.iter().all(|boundary| boundary.delivered == u64::from(flood)), "{ledger}");
}

#[tokio::test]
async fn a_boundary_that_nobody_forwards_keeps_no_nexus_from_draining() {
    let (front, back) =
        (DynamicNexus::new(Nexus::empty()).unwrap(), DynamicNexus::new(Nexus::empty()).unwrap());
    let boundary = Boundary::new("b");
    front.add_handler(1, boundary.handler()).unwrap();
    back.attach(boundary.source()).unwrap();
    front.start().unwrap();
    back.start().unwrap();
    front.ingest(Event::new(1, 1, 0, ())).await.unwrap();
    while back.state() != State::Looping {
        tokio::task::yield_now().await;
    }
    back.drain().unwrap();
    back.add_source(boundary.source()).expect("though it is never started");
    back.ended().await;
    // Nothing can become of it any more.
    drop(back);
    assert_eq!((boundary.account().waiting, boundary.account().dropped), (0, 1));
}

#[tokio::test]
async fn a_reply_goes_back_through_whatever_handle_it_is_emitted() {
    let (sender, mut heard): Heard<u32> = unbounded_channel();
    let builder = Nexus::empty();
    let weak = builder.weak_handle();
    let nexus = builder
        .boundary::<Main, Audit, Question, Answer>("to audit", Limits::default())
        .on("hear", move |answer: &Answer, _: &mut Queue<()>| {
            sender.send(answer.0).ok();
        })
        .domain::<Audit>()
        .on_async("answer", move |question: &Question, _: &mut Queue<()>| {
            let audit = weak.upgrade().and_then(|handle| handle.domain::<Audit>());
            async move {
                let audit = audit.ok_or("the nexus runs")?;
                audit.emit(Answer(question.0)).await?;
                audit.ingest(Answer(question.0 + 1)).await?;
                Ok(())
            }
            .boxed()
        })
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    assert_eq!((heard.recv().await, heard.recv().await), (Some(1), Some(2)));
}

#[tokio::test]
async fn dead_letters_can_be_brought_back_to_where_the_event_came_from() {
    let (sender, mut heard): Heard<String> = unbounded_channel();
    let nexus = Nexus::empty()
        .boundary::<Main, Audit, Question, DeadLetter>("to audit", Limits::default())
        .on("mourn", move |letter: &DeadLetter, _: &mut Queue<()>| {
            sender.send(letter.failure.to_string()).ok();
        })
        .domain::<Audit>()
        .on("fail", |_: &Question, _: &mut Queue<()>| Err::<(), _>("no answer"))
        .build()
        .unwrap()
        .start()
        .unwrap();
    nexus.ingest(Question(1)).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), "`fail` failed on `Question` #1: no answer");
}

/// What waits for a nexus that can't take it any more is told to that one's hook, and holds nobody up.
#[tokio::test]
async fn what_waits_where_nobody_will_forward_it_is_refused() {
    for added_after_the_stop in [true, false] {
        let refused = Arc::new(AtomicUsize::new(0));
        let count = refused.clone();
        let front = DynamicNexus::new(Nexus::empty()).unwrap();
        let back = DynamicNexus::new(Nexus::empty().on_error(move |failure, event| {
            assert!(matches!(failure.error(), Some(IngestError::Stopped)) && event.is_some(), "{failure}");
            count.fetch_add(1, SeqCst);
        }))
        .unwrap();
        let boundary = Boundary::with("b", Limits::default().capacity(1));
        front.add_handler(1, boundary.handler()).unwrap();
        front.start().unwrap();
        if added_after_the_stop {
            back.start().unwrap();
            back.stop().unwrap();
            back.add_source(boundary.source()).unwrap();
        } else {
            back.add_source(boundary.source()).unwrap();
        }
        let handle = (**front).clone();
        let calls = tokio::spawn(async move {
            for id in 1..=3 {
                handle.ingest(Event::new(id, 1, 0, ())).await.unwrap();
            }
        });
        if !added_after_the_stop {
            while boundary.account().taken < 2 {
                tokio::task::yield_now().await;
            }
            drop(back);
        }
        calls.await.expect("nobody is held up");
        let account = boundary.account();
        assert_eq!((account.delivered, account.waiting), (0, 0), "{account}");
        assert!(refused.load(SeqCst) >= 2, "{account}");
    }
}

#[tokio::test]
async fn a_source_that_is_detached_sends_no_more() {
    let back = DynamicNexus::new(Nexus::empty()).unwrap();
    let boundary = Boundary::new("b");
    back.attach(boundary.source()).unwrap();
    back.detach(boundary.source());
    let error = boundary.source().start().await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(CallError::MisconfiguredEventProducer { .. })), "{error}");
}
