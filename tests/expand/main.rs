// #[nexus::main(flavor = "multi_thread", worker_threads = 2)]
// #[allow(clippy::print_stdout)]
// async fn main() -> nexus::Result {
//     println!("{}", Nexus::builder().build()?.run().await?);
//     Ok(())
// }

#[allow(clippy::print_stdout)]
fn main() -> ::std::process::ExitCode {
    use ::nexus::__private as __nexus;
    async fn main() -> nexus::Result {
        println!("{}", Nexus::builder().build() ?.run(). await ?);
        Ok(())
    }
    __nexus::run_main::<
        nexus::Result,
    >(
        __nexus::MainOptions {
            flavor: __nexus::Flavor::MultiThread(__nexus::std::Option::Some(2)),
        },
        main(),
    )
}
