// #[timer(every = "1h", count_down = 5)]
// fn left() -> Left {
//     Left
// }

fn left() -> Left {
    Left
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __left {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "left",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Left>(),
                states: &[],
                meta: false,
                role: __nexus::Role::Timer {
                    every: || __nexus::Period::Fixed(
                        __nexus::std::Duration::new(3600, 0),
                    ),
                    count: __nexus::Count::Down(5),
                    run: |mut __context| __nexus::std::Box::pin(async move {
                        while let __nexus::std::Option::Some(count) = __context
                            .tick()
                            .await
                        {
                            let outcome = left();
                            let gathered = __context
                                .gathered(|to| <Left as __nexus::Outcome>::give(
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
        __nexus::Submission(< __left as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __left {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type left = __left;
