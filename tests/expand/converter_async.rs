// #[converter]
// async fn next_line(input: Arc<Input>, limits: &Limits) -> Result<Option<Line>> {
//     input.next(limits).await
// }

#[allow(clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref)]
async fn next_line(input: Arc<Input>, limits: &Limits) -> Result<Option<Line>> {
    input.next(limits).await
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __next_line {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "next_line",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Line>(),
                states: &[__nexus::Need::of::<Input>, __nexus::Need::of::<Limits>],
                meta: false,
                role: __nexus::Role::Converter {
                    ahead: 1,
                    run: |mut __context| __nexus::std::Box::pin(async move {
                        let state_1 = __context.state::<Limits>(1);
                        loop {
                            let answer = next_line(
                                    __context.state::<Input>(0),
                                    &*state_1,
                                )
                                .await;
                            let gathered = <Result<
                                Option<Line>,
                            > as __nexus::Answer>::gather(answer, &mut __context);
                            if !__context.answer(gathered).await? {
                                break __nexus::std::Result::Ok(());
                            }
                        }
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __next_line as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __next_line {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type next_line = __next_line;
