// #[timer(every = "1min", count_up = 7)]
// fn climb(count: i64, stairs: Arc<Stairs>) -> Option<Step> {
//     stairs.step(count)
// }

#[allow(clippy::needless_pass_by_value)]
fn climb(count: i64, stairs: Arc<Stairs>) -> Option<Step> {
    stairs.step(count)
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __climb {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "climb",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Step>(),
                states: &[__nexus::Need::of::<Stairs>],
                meta: false,
                role: __nexus::Role::Timer {
                    every: || __nexus::Period::Fixed(__nexus::std::Duration::new(60, 0)),
                    count: __nexus::Count::Up(7),
                    run: |mut __context| __nexus::std::Box::pin(async move {
                        while let __nexus::std::Option::Some(count) = __context
                            .tick()
                            .await
                        {
                            let outcome = climb(count, __context.state::<Stairs>(0));
                            let gathered = __context
                                .gathered(|to| __nexus::Holds::each(
                                    outcome,
                                    |outcome| <Step as __nexus::Outcome>::give(outcome, to),
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
        __nexus::Submission(< __climb as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __climb {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type climb = __climb;
