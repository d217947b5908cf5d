//! The rculint binary.

fn main() -> std::process::ExitCode {
    rculint::main()
}
