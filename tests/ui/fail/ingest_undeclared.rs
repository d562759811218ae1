use nexus::prelude::*;

#[named_event]
struct Alarm(f64);

#[named_event]
struct Page;

#[producer]
async fn keyboard(out: Emitter<Alarm>) -> Result {
    out.ingest(Page).await?;
    Ok(())
}

fn main() {}
