// #[derive(Fanout)]
// #[fanout(Reading, domain = Audit, order = 1, default)]
// struct Sinks {
//     store: Store,
//     #[fanout(skip)]
//     seen: u64,
//     screen: Screen,
// }

const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for Sinks {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "Sinks",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<Audit>,
                order: 1,
                emits: || {
                    __nexus::Emits::none()
                        .and::<<Store as __nexus::Handler<Reading>>::Emits>()
                        .and::<<Screen as __nexus::Handler<Reading>>::Emits>()
                },
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<Reading>,
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::or_default::<Sinks, Sinks>,
                    ),
                    call: || __nexus::Callable::typed::<
                        Reading,
                        _,
                    >(|call, start| {
                        start
                            .later(async move {
                                let (event, mut context) = call.split();
                                let this = context.component::<Sinks>();
                                let event = event.borrowed::<Reading>()?;
                                let mut fan_out = __nexus::MemberErrors::new();
                                let mut __queue = context.queue();
                                fan_out
                                    .give(
                                        "store",
                                        async {
                                            <Store as __nexus::Handler<
                                                Reading,
                                            >>::handle(&mut this.store, event, &mut __queue)
                                                .await
                                        },
                                    )
                                    .await;
                                let mut __queue = context.queue();
                                fan_out
                                    .give(
                                        "screen",
                                        async {
                                            <Screen as __nexus::Handler<
                                                Reading,
                                            >>::handle(&mut this.screen, event, &mut __queue)
                                                .await
                                        },
                                    )
                                    .await;
                                fan_out.end()
                            })
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< Sinks as __nexus::Declared > ::RECORDS)
    }
};
