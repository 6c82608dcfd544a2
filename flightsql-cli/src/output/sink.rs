//! [`Sink`]: the shell's output, or a file that appears when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Large enough for few writes.
const BUFFER: usize = 1 << 16;

/// Destination of a result.
pub(crate) enum Sink<'w> {
    Shell(&'w mut (dyn Write + Send)),
    /// A pipe or a device, which cannot be replaced at the end.
    Direct(BufWriter<File>),
    File(Part),
}

/// A file with a temporary name until it is complete. If it is dropped before, it is deleted.
pub(crate) struct Part {
    file: BufWriter<File>,
    part: PathBuf,
    target: PathBuf,
    complete: bool,
}

impl<'w> Sink<'w> {
    pub(crate) fn open(
        path: Option<&Path>,
        shell: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Shell(shell));
        };
        let cannot = |error: io::Error| {
            Failure::usage(format!("cannot write to {}: {error}", path.display()))
        };
        // Follows symbolic links, so that the target is written and the link stays.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
            let file = File::options().write(true).open(&target).map_err(cannot)?;
            return Ok(Self::Direct(BufWriter::with_capacity(BUFFER, file)));
        }
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".part-{}", std::process::id()));
        let part = target.with_file_name(name);
        let file = File::create(&part).map_err(cannot)?;
        Ok(Self::File(Part {
            file: BufWriter::with_capacity(BUFFER, file),
            part,
            target,
            complete: false,
        }))
    }

    /// Renames the file to its final name.
    pub(crate) fn commit(mut self) -> Result<(), Failure> {
        self.flush()?;
        if let Self::File(part) = &mut self {
            fs::rename(&part.part, &part.target)?;
            part.complete = true;
        }
        Ok(())
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Shell(out) => out,
            Self::Direct(file) => file,
            Self::File(part) => &mut part.file,
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.complete {
            // Best effort: the name marks the file as a part.
            let _ = fs::remove_file(&self.part);
        }
    }
}
