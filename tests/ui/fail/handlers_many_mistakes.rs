use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}
#[named_event]
struct Alarm(f64);

struct Billing<T>(T);

#[handlers(domian = Audit, default = true)]
impl<T: Send> Billing<T> {
    #[handler(Reading, domain = Audit)]
    unsafe fn on_reading(self, _: &Alarm, _: u32) {}

    #[handler]
    fn on_alarm<U>(_: &Alarm, _: &mut Queue<Alarm>, _: &mut Queue<Reading>) {}

    #[filter(order = first)]
    fn keep(&self, _: &Reading) {}

    #[timer(every = "1s")]
    fn tick(&self) -> Reading {
        Reading { celsius: 0.0 }
    }
}

fn main() {}
