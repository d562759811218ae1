use nexus::prelude::*;

#[named_event]
struct Line(String);

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

struct Lines(Rc<String>);

impl Stream for Lines {
    type Item = Line;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Line>> {
        Poll::Ready(Some(Line(self.0.to_string())))
    }
}

#[converter]
fn lines() -> impl Stream<Item = Line> {
    Lines(Rc::new(String::new()))
}

fn main() {}
