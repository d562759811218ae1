// #[handler(Reading, ordr = 3)]
// async fn watch(reading: &Alarm, queue: Queue<Page>) {
//     queue.emit(Page);
// }

#[allow(clippy::trivially_copy_pass_by_ref)]
async fn watch(reading: &Alarm, queue: Queue<Page>) {
    queue.emit(Page);
}
::core::compile_error! {
    "unknown key `ordr`\n  help: did you mean `order`?"
}
::core::compile_error! {
    "`Queue<Page>` is taken by value, but a queue is borrowed\n  help: write `&mut Queue<Page>`"
}
::core::compile_error! {
    "handler `watch` is for `Reading`, but its first parameter is `&Alarm`\n  help: write `&Reading`, or `#[handler(Alarm)]`"
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __watch {
        const RECORDS: &'static [__nexus::Record] = &[];
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __watch {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type watch = __watch;
