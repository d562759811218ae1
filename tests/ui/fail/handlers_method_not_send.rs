use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

use std::rc::Rc;

struct Billing;

#[handlers]
impl Billing {
    #[handler(Reading)]
    async fn on_reading(&mut self, reading: &Reading) {
        let shared = Rc::new(reading.celsius);
        tokio::task::yield_now().await;
        println!("{shared}");
    }
}

fn main() {}
