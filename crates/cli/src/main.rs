//! The `comfyctl` command: see the library.

fn main() -> std::process::ExitCode {
    comfyctl::main()
}
