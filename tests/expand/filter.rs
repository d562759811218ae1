// #[filter]
// fn drop_low_ids(event: &Event) -> Verdict {
//     if event.id() < 5 { Verdict::Consume } else { Verdict::Pass }
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
fn drop_low_ids(event: &Event) -> Verdict {
    if event.id() < 5 { Verdict::Consume } else { Verdict::Pass }
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __drop_low_ids {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "drop_low_ids",
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
                role: __nexus::Role::Filter {
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, context) = call.split();
                                    let outcome = drop_low_ids(event.record());
                                    <Verdict as __nexus::VerdictOutcome>::verdict(outcome)
                                })(),
                            )
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __drop_low_ids as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __drop_low_ids {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type drop_low_ids = __drop_low_ids;
