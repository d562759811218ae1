// #[handler(Reading)]
// async fn watch(reading: &Reading, queue: &mut Queue<(Alarm, Report)>, limits: &Limits) -> Result<()> {
//     check(reading, queue, limits).await
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
async fn watch(
    reading: &Reading,
    queue: &mut Queue<(Alarm, Report)>,
    limits: &Limits,
) -> Result<()> {
    check(reading, queue, limits).await
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __watch {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "watch",
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
                        .and::<Alarm>()
                        .and::<Report>()
                        .and_returned::<()>()
                },
                states: &[__nexus::Need::of::<Limits>],
                meta: false,
                role: __nexus::Role::Handler {
                    takes: __nexus::Takes::event::<Reading>,
                    component: __nexus::std::Option::None,
                    call: || __nexus::Callable::typed::<
                        Reading,
                        _,
                    >(|call, start| {
                        start
                            .later(async move {
                                let (event, context) = call.split();
                                let mut queue = context.queue::<(Alarm, Report)>();
                                let outcome = watch(
                                        event.borrowed::<Reading>()?,
                                        &mut queue,
                                        context.state::<Limits>(0),
                                    )
                                    .await;
                                __nexus::Holds::each(
                                    outcome,
                                    |outcome| <() as __nexus::Outcome>::give(
                                        outcome,
                                        &mut context.returned(),
                                    ),
                                )
                            })
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __watch as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __watch {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type watch = __watch;
