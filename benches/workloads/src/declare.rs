//! What declarations of workloads repeat: the annotations are the public ones, and stand here once.

/// An event with the usual payload.
macro_rules! event {
    ($event:ident $(, $key:ident = $value:literal)?) => {
        #[named_event$(($key = $value))?]
        struct $event(Body);

        impl $event {
            #[inline]
            fn new(id: u64) -> Self {
                Self(Body::new(id))
            }
        }
    };
}

/// The sources of a domain: a producer that sends one by one, one that sends 64 at once, and a converter.
macro_rules! sources {
    ($domain:ident, $event:ident) => {
        #[producer(domain = $domain)]
        async fn each(out: Emitter<$event>, load: &Load) -> Result {
            for id in 0..load.each {
                out.emit($event::new(id)).await?;
            }
            Ok(())
        }

        #[producer(domain = $domain)]
        async fn batch(out: Emitter<$event>, load: &Load) -> Result {
            let mut batch = nexus::Batch::new();
            for id in 0..load.batch {
                batch.push($event::new(id));
                if batch.len() == 64 {
                    out.emit_batch(&mut batch).await?;
                }
            }
            Ok(())
        }

        // By another name, since the converter's expansion takes the hygiene of its item's last token.
        type Item = $event;

        #[converter(domain = $domain, ahead = 256)]
        fn pull(load: &Load) -> impl Stream<Item = Item> {
            futures_util::stream::iter((0..load.pull).map($event::new))
        }
    };
}

/// Runs a domain in which `n` events are handled in this way, `deliveries` times each.
macro_rules! run {
    ($domain:ident, $event:ident, $deliveries:literal) => {
        pub(crate) async fn run(way: Way, n: u64, gauge: Gauge) -> Measured {
            let builder = builder::<$domain>(Load::new(way, n));
            measure(builder, way, Expect::handled(n, $deliveries), gauge, $event::new).await
        }
    };
}
