// #[handler(Alarm)]
// fn escalate(alarm: &Alarm) -> Option<Page> {
//     alarm.page()
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
fn escalate(alarm: &Alarm) -> Option<Page> {
    alarm.page()
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __escalate {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "escalate",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Page>(),
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<Alarm>,
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::typed::<
                        Alarm,
                        _,
                    >(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, context) = call.split();
                                    let outcome = escalate(event.borrowed::<Alarm>()?);
                                    __nexus::Holds::each(
                                        outcome,
                                        |outcome| <Page as __nexus::Outcome>::give(
                                            outcome,
                                            &mut context.returned(),
                                        ),
                                    )
                                })(),
                            )
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __escalate as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __escalate {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type escalate = __escalate;
