//! How a command ends early.

use std::io;

/// Why a command could not go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read the output has gone away.
    Pipe,
    /// A message for the user.
    Message(String),
}

impl From<io::Error> for Failure {
    /// An error of writing the output; errors of reading are told with the file's name.
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Pipe,
            _ => Failure::Message(format!("cannot write the output: {error}")),
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Message(message)
    }
}

/// The exit status of a command.
pub(crate) type Outcome = Result<u8, Failure>;
