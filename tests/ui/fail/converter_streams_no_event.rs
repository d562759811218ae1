use nexus::prelude::*;

struct Line;

#[converter]
fn lines() -> impl Stream<Item = Line> {
    futures_util::stream::empty()
}

fn main() {}
