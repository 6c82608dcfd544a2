//! Input and output of a run: the streams of the process or of a test.

use std::fmt;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use futures_util::future::{self, BoxFuture};

/// The environment of a run: streams, variables, and a stop signal.
pub struct Shell<'s> {
    /// The source of the SQL for `query -`.
    pub input: Box<dyn Read + Send>,
    /// Results.
    pub out: &'s mut (dyn Write + Send),
    /// Errors, notes and progress.
    pub err: &'s mut (dyn Write + Send),
    /// Whether `out` is a terminal, which gets no binary formats.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal, which gets progress.
    pub err_is_terminal: bool,
    /// The function that looks up an environment variable.
    pub variable: &'s (dyn Fn(&str) -> Option<String> + Sync),
    /// A future that resolves when the run must end, such as at Ctrl-C.
    pub stop: BoxFuture<'static, ()>,
}

impl<'s> Shell<'s> {
    /// Creates a shell without input, terminal, environment and stop signal.
    pub fn new(out: &'s mut (dyn Write + Send), err: &'s mut (dyn Write + Send)) -> Self {
        Self {
            input: Box::new(io::empty()),
            out,
            err,
            out_is_terminal: false,
            err_is_terminal: false,
            variable: &|_| None,
            stop: Box::pin(future::pending()),
        }
    }
}

impl fmt::Debug for Shell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell")
            .field("out_is_terminal", &self.out_is_terminal)
            .field("err_is_terminal", &self.err_is_terminal)
            .finish_non_exhaustive()
    }
}

/// Result of a run; the number is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: success.
    Success = 0,
    /// 1: the server or the connection failed.
    Failed = 1,
    /// 2: the command line, the URL or a named file is invalid.
    Usage = 2,
    /// 130: interrupted, the code that shells use for Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Interrupted => Self::from(130),
        }
    }
}

/// The [`Shell`] of a run in progress.
pub(crate) struct Io<'s> {
    pub(crate) input: Box<dyn Read + Send>,
    pub(crate) out: Watched<'s>,
    pub(crate) err: &'s mut (dyn Write + Send),
    pub(crate) out_is_terminal: bool,
    pub(crate) err_is_terminal: bool,
    pub(crate) variable: &'s (dyn Fn(&str) -> Option<String> + Sync),
}

/// Records that the reader of a pipe is gone, because the errors of the formats do not preserve this.
pub(crate) struct Watched<'s> {
    inner: &'s mut (dyn Write + Send),
    broken: bool,
}

impl<'s> Watched<'s> {
    pub(crate) fn new(inner: &'s mut (dyn Write + Send)) -> Self {
        Self {
            inner,
            broken: false,
        }
    }

    /// Returns `true` if the reader is gone.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    fn watch<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            self.broken |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        done
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.inner.write(bytes);
        self.watch(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.inner.flush();
        self.watch(done)
    }
}
