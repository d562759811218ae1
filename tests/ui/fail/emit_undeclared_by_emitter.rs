use nexus::prelude::*;

#[named_event]
struct Alarm(f64);

#[named_event]
struct Report;

#[named_event]
struct Page;

#[producer]
fn serial_port(out: Emitter<(Alarm, Report)>) -> Result {
    out.emit_blocking(Page)?;
    Ok(())
}

fn main() {}
