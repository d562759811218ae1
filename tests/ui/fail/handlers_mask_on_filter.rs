use nexus::prelude::*;

#[derive(Default)]
struct Lines;

#[handlers(default)]
impl Lines {
    #[filter(mask = 6)]
    fn keep(&mut self, _: &Event) -> Verdict {
        Verdict::Pass
    }
}

fn main() {}
