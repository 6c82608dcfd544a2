//! Writes the corpus of the target `messages`: `cargo run -p flightsql-fuzz --example seeds`.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/messages");
    fs::create_dir_all(&folder)?;
    for (number, input) in flightsql_fuzz::streams(45).iter().enumerate() {
        fs::write(folder.join(format!("stream-{number:02}")), input)?;
    }
    Ok(())
}
