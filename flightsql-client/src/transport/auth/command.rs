//! Runs a command that prints a password or a token.

use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::options::{Secret, SecretCommand};

/// The maximum size of the output; the longest tokens in use are a few KiB.
const MAX_OUTPUT: u64 = 64 << 10;

/// Runs a command, and returns its line. `option` is the option in errors, which contain neither the command nor its
/// output. The caller limits the time.
///
/// This function is cancel safe: if the future is dropped, the shell is killed, and the runtime reaps it.
pub(super) async fn run(option: &'static str, command: &SecretCommand) -> Result<Secret> {
    let failed = |text: &str| Error::configuration(format!("`{option}` {text}"));
    let unusable =
        |error: std::io::Error| failed(&format!("could not run the shell: {}", error.kind()));
    let mut child = shell(command.text())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(unusable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = stdout.take(MAX_OUTPUT + 1);
        stdout.read_to_end(&mut bytes).await.map_err(unusable)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_OUTPUT) {
        return Err(failed(&format!(
            "printed more than {MAX_OUTPUT} bytes; print one line"
        )));
    }
    let status = child.wait().await.map_err(unusable)?;
    if !status.success() {
        return Err(failed(&format!(
            "failed with {}; run it in a terminal to see its own error",
            ending(status)
        )));
    }
    line(&bytes).map_err(failed)
}

/// Returns the one line of the output.
fn line(bytes: &[u8]) -> std::result::Result<Secret, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "printed text that is not UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text {
        "" => Err("printed nothing; print one line to the standard output"),
        _ if text.contains(['\n', '\r']) => Err("printed more than one line; print one line"),
        _ => Ok(Secret::new(text)),
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "a signal".to_owned(),
    }
}

#[cfg(not(windows))]
fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(text);
    command
}

#[cfg(windows)]
fn shell(text: &str) -> Command {
    let mut command = Command::new("cmd");
    // `cmd` has quoting rules of its own, so the text stays as it is.
    command.arg("/C").raw_arg(text);
    command
}
