//! What is compiled out leaves nothing behind, wherever its `#[cfg]` stands.

#![deny(warnings)]

use nexus::prelude::*;

#[named_event]
#[cfg(any())]
struct Gone(Missing);

#[cfg(any())]
#[named_event]
struct GoneToo(Missing);

#[named_event]
#[cfg(all())]
struct Alarm;

#[handler(Gone)]
#[cfg(any())]
fn gone(_: &Gone) {}

#[cfg(any())]
#[handler(Gone)]
fn gone_too(_: &Gone) {}

#[timer(every = "1s")]
#[cfg(any())]
fn gone() -> Gone {}

#[timer(every = "1s")]
#[cfg(all())]
fn gone() -> Alarm {
    Alarm
}

#[cfg_attr(all(), handler(Alarm))]
fn ring(_: &Alarm) {}

#[cfg_attr(any(), handler(Alarm))]
fn silent(_: &Alarm) {}

#[derive(Default)]
struct Billing;

#[handlers(default)]
impl Billing {
    #[handler(Gone)]
    #[cfg(any())]
    fn gone(&mut self, _: &Gone) {}

    #[cfg(any())]
    #[filter]
    fn gone_too(&mut self, _: &Event, _: &Missing) -> Verdict {}

    #[handler(Alarm)]
    #[cfg(all())]
    fn on_alarm(&mut self, _: &Alarm) {}
}

#[derive(Domain)]
#[domain(name = "cfg.Gone")]
#[cfg(any())]
struct Nowhere(Missing);

#[cfg(all())]
#[derive(Domain)]
struct Audit;

#[derive(Boundary)]
#[boundary(from = Main, to = Nowhere, events(Gone))]
#[cfg(any())]
struct ToNowhere;

#[cfg_attr(all(), derive(Boundary), boundary(from = Main, to = Audit, events(Alarm)))]
struct ToAudit;

#[derive(Fanout)]
#[cfg(any())]
#[fanout(Gone)]
struct GoneToAll(Missing);

#[derive(Fanout, Default)]
#[fanout(Alarm, default)]
struct Bells {
    #[cfg(any())]
    gone: Missing,
    #[cfg(all())]
    bell: Bell,
    #[cfg_attr(all(), fanout(skip))]
    _count: usize,
}

#[derive(Default)]
struct Bell;

impl nexus::Handler<Alarm> for Bell {
    type Emits = ();

    async fn handle(&mut self, _: &Alarm, _: &mut Queue<()>) -> Result {
        Ok(())
    }
}

#[handler(Alarm, domain = Audit)]
#[cfg(all())]
fn record(_: &Alarm) {}

#[converter]
#[cfg(any())]
fn gone_too() -> impl Stream<Item = Gone> {}

#[cfg(all())]
#[converter]
async fn none() -> Option<Alarm> {
    None
}

#[producer]
#[cfg(any())]
async fn gone_too(_: Emitter<Gone>) {}

#[producer]
#[cfg(all())]
async fn nothing(_: Emitter<Alarm>) {}

#[cfg(any())]
#[nexus::main]
async fn main(_: Missing) {}

#[cfg(all())]
fn main() {
    silent(&Alarm);
    let table = Nexus::builder().build().unwrap().plan().table();
    for name in ["timer gone", "handler ring", "handler Billing::on_alarm", "handler Bells", "boundary ToAudit", "converter none"] {
        assert!(table.contains(name), "{name} in {table}");
    }
    assert!(!table.contains("silent") && !table.contains("gone_too") && !table.contains("Gone"), "{table}");
}
