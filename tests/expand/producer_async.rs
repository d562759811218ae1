// #[producer]
// async fn keyboard(out: Emitter<Command>) -> Result<()> {
//     Ok(())
// }

#[allow(clippy::needless_pass_by_value)]
async fn keyboard(out: Emitter<Command>) -> Result<()> {
    Ok(())
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __keyboard {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "keyboard",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and::<Command>(),
                states: &[],
                meta: false,
                role: __nexus::Role::Producer {
                    run: |__context| __nexus::std::Box::pin(async move {
                        let result = keyboard(__context.emitter::<Command>()).await;
                        <Result<()> as __nexus::Ended>::ended(result)
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __keyboard as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __keyboard {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type keyboard = __keyboard;
