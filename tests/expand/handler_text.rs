// #[handler("line")]
// async fn on_line(event: &Event, queue: &mut Queue<Reading>) -> Result {
//     parse(event, queue).await
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
async fn on_line(event: &Event, queue: &mut Queue<Reading>) -> Result {
    parse(event, queue).await
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __on_line {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "on_line",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || {
                    __nexus::Emits::none().and::<Reading>().and_returned::<Result>()
                },
                states: &[],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: || __nexus::Takes::text("line"),
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::record(|call, start| {
                        start
                            .later(async move {
                                let (event, context) = call.split();
                                let mut queue = context.queue::<Reading>();
                                let outcome = on_line(event.record(), &mut queue).await;
                                <Result as __nexus::Outcome>::give(
                                    outcome,
                                    &mut context.returned(),
                                )
                            })
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __on_line as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __on_line {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type on_line = __on_line;
