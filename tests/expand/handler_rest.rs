// #[handler(_)]
// fn on_anything_else(event: &Event) {}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn on_anything_else(event: &Event) {}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __on_anything_else {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "on_anything_else",
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
                    takes: || __nexus::Takes::rest(),
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .now(
                                (|| {
                                    let (event, context) = call.split();
                                    let outcome = on_anything_else(event.record());
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
        __nexus::Submission(< __on_anything_else as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __on_anything_else {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type on_anything_else = __on_anything_else;
