//! Keywords as names.

#![deny(warnings)]
#![allow(non_camel_case_types)]

use nexus::prelude::*;

#[named_event]
struct r#struct {
    r#type: u32,
}

#[named_event(name = "plant.enum")]
struct r#enum;

#[derive(Domain)]
struct r#mod;

struct r#const;

#[handler(r#struct)]
fn r#type(r#fn: &r#struct, r#mut: &mut Queue<r#enum>, r#ref: &r#const) {
    let _ = (r#fn.r#type, r#ref);
    r#mut.emit(r#enum);
}

#[handler(r#enum)]
async fn r#loop(_: &r#enum) {}

#[timer(every = "1ms", once)]
fn r#while() -> r#struct {
    r#struct { r#type: 3 }
}

#[handlers(default)]
impl r#impl {
    #[handler(r#enum)]
    fn r#match(&mut self, r#in: &r#enum) {
        let _ = r#in;
    }
}

#[derive(Default)]
struct r#impl;

impl nexus::Handler<r#enum> for r#impl {
    type Emits = ();

    async fn handle(&mut self, _: &r#enum, _: &mut Queue<()>) -> Result {
        Ok(())
    }
}

#[derive(Default, Fanout)]
#[fanout(r#enum, default)]
struct r#as {
    r#try: r#impl,
}

#[derive(Boundary)]
#[boundary(from = Main, to = r#mod, events(r#enum))]
struct r#move;

#[converter]
async fn r#box() -> Option<r#enum> {
    None
}

#[converter]
fn r#yield(r#virtual: &r#const) -> impl Stream<Item = r#enum> + use<> {
    let _ = r#virtual;
    futures_util::stream::empty()
}

#[producer]
async fn r#async(r#await: Emitter<r#enum>) {
    drop(r#await);
}

#[filter]
fn r#dyn(r#static: &Event) -> Verdict {
    (r#static.id() == 99).into()
}

#[handler(7, domain = r#mod)]
fn r#break(_: &Event) {}

#[handler(r#enum, domain = r#mod)]
fn r#continue(_: &r#enum) {}

fn main() {
    let builder = Nexus::empty().with::<r#type>().with::<r#loop>().with::<r#while>().with::<r#impl>();
    let builder = builder.with::<r#as>().with::<r#move>().with::<r#break>().with::<r#continue>();
    let table = builder.state(r#const).build().unwrap().plan().table();
    for name in ["handler type", "handler loop", "timer while", "struct", "plant.enum", "handler as", "boundary move", "handler break"] {
        assert!(table.contains(name), "{name} in {table}");
    }
}
