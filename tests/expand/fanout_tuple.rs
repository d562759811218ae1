// #[derive(Fanout)]
// #[fanout(plant::Reading, crate = crate::framework)]
// pub struct Both(pub Store, pub Screen);

const _: () = {
    use crate::framework::__private as __nexus;
    impl __nexus::Declared for Both {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "Both",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || {
                    __nexus::Emits::none()
                        .and::<<Store as __nexus::Handler<plant::Reading>>::Emits>()
                        .and::<<Screen as __nexus::Handler<plant::Reading>>::Emits>()
                },
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<plant::Reading>,
                    component: __nexus::std::Option::Some(
                        __nexus::ComponentNeed::of::<Both>,
                    ),
                    call: || __nexus::Callable::typed::<
                        plant::Reading,
                        _,
                    >(|call, start| {
                        start
                            .later(async move {
                                let (event, mut context) = call.split();
                                let this = context.component::<Both>();
                                let event = event.borrowed::<plant::Reading>()?;
                                let mut fan_out = __nexus::MemberErrors::new();
                                let mut __queue = context.queue();
                                fan_out
                                    .give(
                                        "0",
                                        async {
                                            <Store as __nexus::Handler<
                                                plant::Reading,
                                            >>::handle(&mut this.0, event, &mut __queue)
                                                .await
                                        },
                                    )
                                    .await;
                                let mut __queue = context.queue();
                                fan_out
                                    .give(
                                        "1",
                                        async {
                                            <Screen as __nexus::Handler<
                                                plant::Reading,
                                            >>::handle(&mut this.1, event, &mut __queue)
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
        __nexus::Submission(< Both as __nexus::Declared > ::RECORDS)
    }
};
