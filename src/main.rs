//! The `midwatch` program: hands its arguments to [`midwatch::cli`].

fn main() -> std::process::ExitCode {
    midwatch::cli::main()
}
