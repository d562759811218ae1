//! A macro by example writes annotated items, with all kinds of fragments.

#![deny(warnings)]

use nexus::prelude::*;

macro_rules! sensor {
    ($module:ident, $event:ident, $name:literal, $priority:expr, $period:literal, $limits:ty, $path:path) => {
        mod $module {
            use super::*;

            #[named_event(name = $name, priority = $priority)]
            pub struct $event(pub f64);

            #[timer(every = $period, once)]
            pub fn sample(limits: &$limits) -> $event {
                $event(limits.0)
            }

            #[handler($event, order = $priority, domain = $path)]
            pub async fn watch(reading: &$event, limits: &$limits, queue: &mut Queue<$crate::Alarm>) {
                if reading.0 > limits.0 {
                    queue.emit($crate::Alarm);
                }
            }
        }
    };
}

macro_rules! handler_of {
    ($handler:ident, $event:ty, $output:ty, $body:block) => {
        #[handler($event)]
        fn $handler(_: &$event) -> $output $body
    };
}

macro_rules! whole {
    ($item:item) => {
        #[handler(Alarm)]
        $item
    };
}

macro_rules! whole_converter {
    ($($item:item)+) => { $(
        #[converter]
        $item
    )+ };
}

macro_rules! period {
    ($every:expr) => {
        #[timer(every = $every, once)]
        fn from_state() -> Option<Alarm> {
            None
        }
    };
}

macro_rules! all_others {
    ($domain:ident, $boundary:ident, $component:ident, $fanout:ident { $($member:ident: $kind:ty),+ }, $event:path, $key:expr) => {
        #[derive(Domain)]
        #[domain(name = "plant.Audit")]
        struct $domain;

        #[derive(Boundary)]
        #[boundary(from = Main, to = $domain, events($event), capacity = $key)]
        struct $boundary;

        #[derive(Default)]
        struct $component;

        #[handlers(default, domain = $domain)]
        impl $component {
            #[handler($event)]
            fn on_event(&mut self, _: &$event) {}

            #[handler($key)]
            fn on_key(&mut self, _: &Event) {}
        }

        #[derive(Default, Fanout)]
        #[fanout($event, default, order = $key)]
        struct $fanout {
            $($member: $kind),+
        }

        #[filter(order = $key)]
        fn keep(_: &Event) -> Verdict {
            Verdict::Pass
        }

        #[producer]
        async fn inbox(_: Emitter<$event>) {}
    };
}

#[derive(Default)]
struct Store;

impl nexus::Handler<Alarm> for Store {
    type Emits = ();

    async fn handle(&mut self, _: &Alarm, _: &mut Queue<()>) -> Result {
        Ok(())
    }
}

#[named_event]
pub struct Alarm;

#[named_event(unhandled = discard)]
struct Page;

pub struct Limits(f64);

sensor!(indoor, Indoor, "plant.Indoor", -10, "1ms", Limits, nexus::Main);
sensor!(outdoor, Outdoor, "plant.Outdoor", 3, "2ms", crate::Limits, ::nexus::Main);
handler_of!(page, Alarm, Option<Page>, { Some(Page) });
all_others!(Audit, ToAudit, Billing, Stores { near: Store, far: Store }, Alarm, 7);
whole! {
    fn ring(_: &Alarm) {}
}
whole_converter! {
    fn nothing_comes(_: &Limits) -> impl Stream<Item = Alarm> + use<> {
        futures_util::stream::empty()
    }

    fn nothing_fails() -> impl Stream<Item = Result<Alarm>> {
        futures_util::stream::empty()
    }

    async fn nothing_more(_: &Limits) -> Option<Alarm> {
        None
    }
}
period!(|limits: &Limits| std::time::Duration::from_secs_f64(limits.0));

macro_rules! program {
    ($name:ident, $flavor:literal, $body:block) => {
        #[nexus::main(flavor = $flavor)]
        async fn $name() -> nexus::Result $body
    };
}

program!(main, "current_thread", {
    let ledger = Nexus::builder().state(Limits(0.02)).build()?.run().await?;
    assert_eq!(ledger.of_type(&"plant.Indoor".into()).handled, 1);
    assert_eq!(ledger.of_type(&"plant.Outdoor".into()).handled, 1);
    Ok(())
});
