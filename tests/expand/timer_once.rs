// #[timer(every = "250ms", once)]
// async fn begin(start: &Start) -> Result<Begun> {
//     start.begin().await
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
async fn begin(start: &Start) -> Result<Begun> {
    start.begin().await
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __begin {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "begin",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Begun>(),
                states: &[__nexus::Need::of::<Start>],
                meta: false,
                role: __nexus::Role::Timer {
                    every: || __nexus::Period::Fixed(
                        __nexus::std::Duration::new(0, 250000000),
                    ),
                    count: __nexus::Count::Once,
                    run: |mut __context| __nexus::std::Box::pin(async move {
                        let state_0 = __context.state::<Start>(0);
                        while let __nexus::std::Option::Some(count) = __context
                            .tick()
                            .await
                        {
                            let outcome = begin(&*state_0).await;
                            let gathered = __context
                                .gathered(|to| __nexus::Holds::each(
                                    outcome,
                                    |outcome| <Begun as __nexus::Outcome>::give(outcome, to),
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
        __nexus::Submission(< __begin as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __begin {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type begin = __begin;
