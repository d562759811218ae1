use nexus::prelude::*;

#[named_event]
struct Tick(i64);

#[timer(every = "1s")]
async fn tick() -> Result<Tick, u32> {
    Err(3)
}

fn main() {}
