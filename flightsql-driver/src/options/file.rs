//! Reads the small files that options name.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

/// A password or token; the longest tokens in use are a few KiB.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// The bytes of a file, never more than `max`. The error reads behind the name of an option.
pub(super) fn read(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, String> {
    let unreadable = |e: std::io::Error| format!("names a file that cannot be read: {}", e.kind());
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable)?;
    file.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= max) {
        Ok(bytes)
    } else {
        Err(format!("names a file of more than {max} bytes"))
    }
}

/// The text of a file without the newline that editors put at its end.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let bytes = read(path, MAX_SECRET_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "names a file that is not UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("names an empty file".to_owned());
    }
    Ok(Zeroizing::new(text.to_owned()))
}
