//! A payload that counts: how many were made and dropped, who has seen which one, and whether it was intact by then.
//!
//! It owns memory, so that a sanitizer sees a leak, a double drop or a use after free even where the counts would not.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::BoxFuture;
use nexus::{BoxError, Ledger, NamedEvent, Queue};
use tokio::runtime::{Builder, Runtime};

/// What is known of all payloads of one test.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    /// How many of each number are alive.
    alive: Vec<usize>,
    made: usize,
    dropped: usize,
    most: usize,
    /// Which numbers each handler has seen, in order.
    seen: BTreeMap<&'static str, Vec<usize>>,
    known: BTreeMap<&'static str, Vec<bool>>,
    /// What must not be. Kept, since a panic in a handler or a destructor would be caught.
    wrong: Vec<String>,
}

impl Counts {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new payload, with the next number.
    pub(crate) fn make(&self) -> Counted {
        let mut book = self.book();
        let number = book.alive.len();
        book.alive.push(0);
        book.bear(number);
        drop(book);
        Counted { text: text_of(number), number, counts: self.clone() }
    }

    /// How many there are, clones among them.
    pub(crate) fn made(&self) -> usize {
        self.book().made
    }

    pub(crate) fn dropped(&self) -> usize {
        self.book().dropped
    }

    pub(crate) fn alive(&self) -> usize {
        let book = self.book();
        book.made - book.dropped
    }

    /// The most that were alive at once.
    pub(crate) fn most(&self) -> usize {
        self.book().most
    }

    /// The numbers that this handler has seen, in order.
    pub(crate) fn seen(&self, handler: &'static str) -> Vec<usize> {
        self.book().seen.get(handler).cloned().unwrap_or_default()
    }

    pub(crate) fn wrong(&self, what: impl Into<String>) {
        self.book().wrong.push(what.into());
    }

    /// Everything that was made is gone, once, and nothing went wrong.
    #[track_caller]
    pub(crate) fn are_even(&self) {
        let book = self.book();
        assert!(book.wrong.is_empty(), "{:?}", book.wrong);
        let left: Vec<_> = (0..book.alive.len()).filter(|number| book.alive[*number] > 0).take(10).collect();
        assert!(left.is_empty(), "still alive: {left:?}");
        assert_eq!(book.made, book.dropped);
    }

    /// The same, and the accounts of the nexus that it is about balance, and say what handlers have seen.
    #[track_caller]
    pub(crate) fn agree_with(&self, ledger: &Ledger) {
        self.are_even();
        is_settled(ledger);
        let seen: usize = self.book().seen.values().map(Vec::len).sum();
        assert_eq!(ledger.total().deliveries, seen as u64, "{ledger}");
    }
}

impl Book {
    fn bear(&mut self, number: usize) {
        self.alive[number] += 1;
        self.made += 1;
        self.most = self.most.max(self.made - self.dropped);
    }
}

/// Each account balances, and nothing is pending.
#[track_caller]
pub(crate) fn is_settled(ledger: &Ledger) {
    assert!(ledger.is_balanced(), "{ledger}");
    for (event, account) in ledger.domains.iter().flat_map(|domain| &domain.accounts) {
        assert!(account.is_balanced(), "{event}: {ledger}");
    }
    assert_eq!(ledger.total().pending, 0, "{ledger}");
    assert!(
        ledger.domains.iter().all(|domain| domain.at_the_door == 0 && domain.in_hand.is_none()),
        "{ledger}"
    );
}

fn text_of(number: usize) -> String {
    format!("the text of payload {number}")
}

/// Counts itself, and owns memory.
pub(crate) struct Counted {
    pub(crate) number: usize,
    text: String,
    counts: Counts,
}

impl Counted {
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// It is as it was made.
    pub(crate) fn is_intact(&self) -> bool {
        let alive = self.counts.book().alive.get(self.number).copied();
        let intact = alive > Some(0) && self.text == text_of(self.number);
        if !intact {
            self.counts.wrong(format!(
                "number {} ({alive:?} of it alive) has the text {:?}",
                self.number, self.text
            ));
        }
        intact
    }

    /// This handler sees it, for the first time.
    pub(crate) fn see(&self, handler: &'static str) {
        assert!(self.is_intact());
        let mut book = self.counts.book();
        let known = book.known.entry(handler).or_default();
        known.resize(known.len().max(self.number + 1), false);
        let again = std::mem::replace(&mut known[self.number], true);
        book.seen.entry(handler).or_default().push(self.number);
        if again {
            book.wrong.push(format!("`{handler}` sees number {} again", self.number));
        }
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        assert!(self.is_intact());
        self.counts.book().bear(self.number);
        Self { number: self.number, text: self.text.clone(), counts: self.counts.clone() }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.is_intact();
        let mut book = self.counts.book();
        book.dropped += 1;
        match book.alive[self.number].checked_sub(1) {
            Some(left) => book.alive[self.number] = left,
            None => book.wrong.push(format!("number {} is dropped again", self.number)),
        }
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}", self.number)
    }
}

/// As an error: whoever has the error has the payload.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the error of number {}", self.number)
    }
}

impl std::error::Error for Counted {}

/// The plain event of these tests.
#[derive(Clone, Debug)]
pub(crate) struct Job(pub(crate) Counted);

impl NamedEvent for Job {
    const NAME: &'static str = "Job";
}

/// What arises from it.
#[derive(Clone, Debug)]
pub(crate) struct Child(pub(crate) Counted);

impl NamedEvent for Child {
    const NAME: &'static str = "Child";
}

/// What the closures of `on_async` return.
pub(crate) type Handled<'a> = BoxFuture<'a, Result<(), BoxError>>;

/// A handler that sees its jobs.
pub(crate) fn seeing(handler: &'static str) -> impl FnMut(&Job, &mut Queue<()>) + Send + 'static {
    move |job, _| job.0.see(handler)
}

/// A large amount, unless less is asked for.
pub(crate) fn many(amount: usize) -> usize {
    let one_in = std::env::var("PAYLOADS_ONE_IN").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    amount.div_ceil(one_in)
}

pub(crate) fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// One thread, and time that passes when there is nothing else to do.
pub(crate) fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

pub(crate) fn threads(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
}

/// Runs a test on a thread of its own, so that one that hangs is a failure and no endless test.
pub(crate) fn bounded<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, ended) = mpsc::channel();
    // Without optimisation, payloads of 100 KiB take much room on the way.
    let thread = std::thread::Builder::new().stack_size(32 << 20);
    let thread = thread.spawn(move || sender.send(test()).ok()).unwrap();
    match ended.recv_timeout(Duration::from_secs(60)) {
        Ok(result) => {
            thread.join().ok();
            result
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => std::panic::resume_unwind(thread.join().unwrap_err()),
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
    }
}

/// Runs a test on a runtime of one thread, within bounds.
pub(crate) fn run<T: Send + 'static>(test: impl Future<Output = T> + Send + 'static) -> T {
    bounded(|| one_thread().block_on(test))
}

/// Polls a future a number of times and gives it up; what it came to, if it was done by then.
pub(crate) async fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => {
                // Looks again after everybody else had a turn, whether it was woken or not.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Lets others run until something holds.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

/// Whether a panic of a test's own is what this is.
pub(crate) const ON_PURPOSE: &str = "on purpose";

/// Keeps panics on purpose out of the output.
pub(crate) fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let payload: &(dyn Any + Send) = info.payload();
            let text = payload.downcast_ref::<&str>().copied();
            if text.or(payload.downcast_ref::<String>().map(String::as_str)) != Some(ON_PURPOSE) {
                usual(info);
            }
        }));
    });
}
