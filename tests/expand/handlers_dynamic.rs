// #[handlers]
// impl Lines {
//     #[handler("line", order = 2)]
//     fn on_line(&mut self, line: &Event) {}
//
//     #[handler(mask = 6)]
//     fn on_bits(&mut self, event: &Event) {}
// }

impl Lines {
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn on_line(&mut self, line: &Event) {}
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn on_bits(&mut self, event: &Event) {}
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for Lines {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "Lines::on_line",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 2,
                emits: __nexus::Emits::none,
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: || __nexus::Takes::text("line"),
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::of::<Lines>,
                    ),
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, mut context) = call.split();
                                    let outcome = <Lines>::on_line(
                                        context.component::<Lines>(),
                                        event.record(),
                                    );
                                    <() as __nexus::Outcome>::give(
                                        outcome,
                                        &mut context.returned(),
                                    )
                                })(),
                            )
                    }),
                },
            },
            __nexus::Record {
                name: "Lines::on_bits",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: __nexus::Emits::none,
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: || __nexus::Takes::mask(0b110),
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::of::<Lines>,
                    ),
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, mut context) = call.split();
                                    let outcome = <Lines>::on_bits(
                                        context.component::<Lines>(),
                                        event.record(),
                                    );
                                    <() as __nexus::Outcome>::give(
                                        outcome,
                                        &mut context.returned(),
                                    )
                                })(),
                            )
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< Lines as __nexus::Declared > ::RECORDS)
    }
};
