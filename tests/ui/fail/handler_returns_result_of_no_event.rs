use nexus::prelude::*;

#[named_event]
struct Reading {
    celsius: f64,
}

struct Plain;

#[handler(Reading)]
async fn watch(_: &Reading) -> Result<Vec<Plain>, std::io::Error> {
    Ok(Vec::new())
}

fn main() {}
