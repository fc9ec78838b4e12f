//! The `traitpress` program: everything it does is in [`cli`], and what that does is in the library.

#![forbid(unsafe_code)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
