use nexus::prelude::*;

#[named_event]
struct Alarm(f64);

#[named_event]
struct Report;

#[named_event]
struct Page;

#[producer]
async fn keyboard(out: Emitter<(Alarm, Report)>) -> Result {
    out.emit(Page).await?;
    Ok(())
}

fn main() {}
