use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

#[named_event]
struct Alarm(f64);

struct Watch;

#[handlers]
impl Watch {
    #[handler(Reading)]
    async fn on_reading(&mut self, reading: &Reading, queue: &mut nexus::Queue) -> Result {
        queue.emit(Alarm(reading.celsius));
        Ok(())
    }
}

fn main() {}
