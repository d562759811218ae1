use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

#[handler(Reading)]
fn watch(_: &Alarm) {}

#[derive(Domain)]
struct Audit;

struct Billing;

#[handlers(domian = Audit)]
impl Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn build() {
    let _ = Nexus::empty().with::<watch>().with::<Billing>();
}

fn main() {}
