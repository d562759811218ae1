// #[converter(ahead = 256)]
// fn readings(dir: &DataDir) -> impl Stream<Item = Reading> {
//     dir.read()
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
fn readings(dir: &DataDir) -> impl Stream<Item = Reading> {
    dir.read()
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __readings {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "readings",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and_returned::<Reading>(),
                states: &[__nexus::Need::of::<DataDir>],
                meta: false,
                role: __nexus::Role::Converter {
                    ahead: 256,
                    run: |__context| __nexus::std::Box::pin(async move {
                        let state_0 = __context.state::<DataDir>(0);
                        let __stream = readings(&*state_0);
                        let mut __context = __context;
                        __context.pull(__stream).await
                    }),
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __readings as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __readings {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type readings = __readings;
