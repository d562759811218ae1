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

fn main() {
    silent(&Alarm);
    let table = Nexus::builder().build().unwrap().plan().table();
    for name in ["timer gone", "handler ring", "handler Billing::on_alarm"] {
        assert!(table.contains(name), "{name} in {table}");
    }
    assert!(!table.contains("silent") && !table.contains("gone_too") && !table.contains("Gone"), "{table}");
}
