use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[derive(Domain)]
struct Audit;

struct Billing;

#[handlers(domian = Audit)]
impl Billing {
    #[handler(Reading)]
    fn on_reading(&mut self, _: &Reading) {}
}

fn build() {
    let _ = Nexus::empty().with::<Billing>();
}

fn main() {}
