// #[handlers(default, domain = Sales)]
// impl Billing {
//     pub fn new() -> Self {
//         Self::default()
//     }
//
//     #[handler(OrderPlaced, order = 2)]
//     async fn on_order(&mut self, order: &OrderPlaced, prices: &Prices) -> Result<Invoice> {
//         self.bill(order, prices)
//     }
//
//     #[filter]
//     #[cfg(test)]
//     fn keep(&self, event: &Event) -> Verdict {
//         Verdict::Pass
//     }
// }

impl Billing {
    pub fn new() -> Self {
        Self::default()
    }
    #[allow(clippy::trivially_copy_pass_by_ref)]
    async fn on_order(
        &mut self,
        order: &OrderPlaced,
        prices: &Prices,
    ) -> Result<Invoice> {
        self.bill(order, prices)
    }
    #[allow(clippy::trivially_copy_pass_by_ref)]
    #[cfg(test)]
    fn keep(&self, event: &Event) -> Verdict {
        Verdict::Pass
    }
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for Billing {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "Billing::on_order",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<Sales>,
                order: 2,
                emits: || __nexus::Emits::none().and_returned::<Invoice>(),
                states: &[__nexus::Need::of::<Prices>],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<OrderPlaced>,
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::or_default::<Billing, Billing>,
                    ),
                    call: || __nexus::Callable::typed::<
                        OrderPlaced,
                        _,
                    >(|call, start| {
                        let (event, mut context) = call.split();
                        let called = (|| __nexus::std::Result::Ok(
                            <Billing>::on_order(
                                context.component::<Billing>(),
                                event.borrowed::<OrderPlaced>()?,
                                context.state::<Prices>(0),
                            ),
                        ))();
                        start
                            .call(
                                called,
                                move |outcome| __nexus::Holds::each(
                                    outcome,
                                    |outcome| <Invoice as __nexus::Outcome>::give(
                                        outcome,
                                        &mut context.returned(),
                                    ),
                                ),
                            )
                    }),
                },
            },
            #[cfg(test)]
            __nexus::Record {
                name: "Billing::keep",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<Sales>,
                order: 0,
                emits: __nexus::Emits::none,
                states: &[],
                meta: false,
                role: __nexus::Role::Filter {
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::or_default::<Billing, Billing>,
                    ),
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, mut context) = call.split();
                                    let outcome = <Billing>::keep(
                                        context.component::<Billing>(),
                                        event.record(),
                                    );
                                    <Verdict as __nexus::VerdictOutcome>::verdict(outcome)
                                })(),
                            )
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< Billing as __nexus::Declared > ::RECORDS)
    }
};
