// #[handler(Order, domain = Sales, order = -1, as = ShipHandler, crate = crate::framework)]
// #[cfg(feature = "shipping")]
// pub(crate) async fn ship(
//     order: Order,
//     meta: Meta,
//     queue: &mut Queue<Shipped>,
//     rates: &Rates,
//     later: Emitter<(Delayed, Lost)>,
//     stock: Arc<Stock>,
// ) -> Result<Vec<Invoice>, ShipError> {
//     Ok(Vec::new())
// }

#[allow(clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref)]
#[cfg(feature = "shipping")]
pub(crate) async fn ship(
    order: Order,
    meta: Meta,
    queue: &mut Queue<Shipped>,
    rates: &Rates,
    later: Emitter<(Delayed, Lost)>,
    stock: Arc<Stock>,
) -> Result<Vec<Invoice>, ShipError> {
    Ok(Vec::new())
}
#[cfg(feature = "shipping")]
const _: () = {
    use crate::framework::__private as __nexus;
    impl __nexus::Declared for __ShipHandler {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "ship",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<Sales>,
                order: -1,
                emits: || {
                    __nexus::Emits::none()
                        .and::<Shipped>()
                        .and::<(Delayed, Lost)>()
                        .and_returned::<Invoice>()
                },
                states: &[__nexus::Need::of::<Rates>, __nexus::Need::of::<Stock>],
                meta: true,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<Order>,
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::typed::<
                        Order,
                        _,
                    >(|call, start| {
                        start
                            .later(async move {
                                let (event, context) = call.split();
                                let mut queue = context.queue::<Shipped>();
                                let outcome = ship(
                                        event.owned::<Order>()?,
                                        context.meta(),
                                        &mut queue,
                                        context.state::<Rates>(0),
                                        context.emitter::<(Delayed, Lost)>(),
                                        context.shared::<Stock>(1),
                                    )
                                    .await;
                                __nexus::Holds::each(
                                    __nexus::boxed(outcome),
                                    |outcome| __nexus::Holds::each(
                                        outcome,
                                        |outcome| <Invoice as __nexus::Outcome>::give(
                                            outcome,
                                            &mut context.returned(),
                                        ),
                                    ),
                                )
                            })
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __ShipHandler as __nexus::Declared > ::RECORDS)
    }
};
#[cfg(feature = "shipping")]
#[doc(hidden)]
#[non_exhaustive]
pub(crate) enum __ShipHandler {}
#[cfg(feature = "shipping")]
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
pub(crate) type ShipHandler = __ShipHandler;
