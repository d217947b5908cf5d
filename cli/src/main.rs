//! The rculint binary.

// Trees and worlds are many small pieces: this takes a sixth off the time of a check.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rculint::main()
}
