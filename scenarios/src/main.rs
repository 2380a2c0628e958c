//! The program `wayfare`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wayfare::cli::main()
}
