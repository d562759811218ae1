//! Handlers and filters that are methods: with `&self` and `&mut self`, plain and `async`.

#![deny(warnings)]

use std::sync::Arc;

use nexus::prelude::*;

#[named_event]
struct Order(u32);

#[named_event(unhandled = discard)]
struct Invoice(u32);

#[derive(Domain)]
struct Audit;

trait Failing {
    type Error;
}

impl Failing for Billing {
    type Error = std::fmt::Error;
}

struct Prices(u32);

#[derive(Default)]
struct Billing {
    orders: u32,
    seen: u32,
}

#[handlers]
impl Billing {
    #![allow(clippy::unused_self)]

    const FREE: u32 = 3;

    pub fn new() -> Self {
        Self::default()
    }

    /// Sends an invoice, unless the order is free.
    #[handler(Order, order = 2)]
    async fn on_order(&mut self, order: &Order, prices: &Prices, queue: &mut Queue<Invoice>) -> Result {
        self.orders += 1;
        if self.orders > Self::FREE {
            queue.emit(Invoice(order.0 * prices.0));
        }
        Ok(())
    }

    #[handler(Order)]
    fn count(&self, _: &Event) -> Option<Invoice> {
        (self.orders == 99).then_some(Invoice(0))
    }

    /// `Self` is known outside of the block too.
    #[handler(Order)]
    fn own_types(&mut self, _: &Order, _: &Arc<Self>) -> Result<Vec<Invoice>, <Self as Failing>::Error> {
        Ok(Vec::new())
    }

    #[deprecated = "a test"]
    #[handler(Order)]
    fn old(&mut self, _: &Order) {}

    #[filter]
    pub(crate) fn keep(&mut self, event: &Event) -> Verdict {
        self.seen += 1;
        if event.id() == 2 { Verdict::Consume } else { Verdict::Pass }
    }

    #[filter(order = -1)]
    async fn keep_all(&self, _: &Event) -> Result<Verdict> {
        Ok(Verdict::Pass)
    }
}

mod audit {
    pub struct Log<T>(pub Vec<T>);
}

#[nexus::handlers(default, domain = Audit)]
impl audit::Log<u32> {
    #[nexus::handler(Invoice)]
    fn record(&mut self, invoice: &Invoice) {
        self.0.push(invoice.0);
    }
}

impl Default for audit::Log<u32> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[converter]
fn orders() -> impl Stream<Item = Order> {
    futures_util::stream::iter((1..=5).map(Order))
}

#[nexus::main]
async fn main() -> nexus::Result {
    let builder = Nexus::builder().only::<nexus::Main>().state(Prices(2)).state(Arc::new(Billing::new()));
    let nexus = builder.component(Billing::new()).build()?;
    let ledger = nexus.run().await?;
    let orders = ledger.of_type(&"Order".into());
    assert_eq!((orders.handled, orders.consumed), (4, 1), "{ledger}");
    let _ = Nexus::empty().with::<audit::Log<u32>>().build()?;
    // They stay methods that anyone can call.
    let mut queue = Queue::new();
    Billing::new().on_order(&Order(1), &Prices(2), &mut queue).await?;
    assert!(queue.is_empty());
    Ok(())
}
