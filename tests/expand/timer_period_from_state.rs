// #[timer(every = |limits: &Limits| limits.period)]
// fn tick(count: i64) -> Tick {
//     Tick(count)
// }

fn tick(count: i64) -> Tick {
    Tick(count)
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __tick {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "tick",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Tick>(),
                states: &[],
                meta: false,
                role: __nexus::Role::Timer {
                    every: || __nexus::Period::from_state(|limits: &Limits| {
                        limits.period
                    }),
                    count: __nexus::Count::Ongoing,
                    run: |mut __context| __nexus::std::Box::pin(async move {
                        while let __nexus::std::Option::Some(count) = __context
                            .tick()
                            .await
                        {
                            let outcome = tick(count);
                            let gathered = __context
                                .gathered(|to| <Tick as __nexus::Outcome>::give(
                                    outcome,
                                    to,
                                ));
                            if !__context.ticked(gathered).await? {
                                break;
                            }
                        }
                        __nexus::std::Result::Ok(())
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __tick as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __tick {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type tick = __tick;
