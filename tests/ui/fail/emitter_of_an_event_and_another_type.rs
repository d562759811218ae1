use nexus::prelude::*;

#[named_event]
struct Line(String);

struct Page;

#[producer]
async fn keyboard(_: Emitter<(Line, Page)>) {}

fn main() {}
