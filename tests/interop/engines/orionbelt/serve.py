"""Starts OrionBelt's Flight SQL server (pyarrow, gRPC C++) on loopback over a small DuckDB file.

usage: serve.py PORT FOLDER [TOKEN]
Needs Python 3.12 or later with `ob-flight-extension[duckdb]` and `orionbelt-semantic-layer` from PyPI (BUSL-1.1:
for tests only). Its own launcher binds 0.0.0.0; this one does not.
"""

import os
import sys
from pathlib import Path

import duckdb

port, folder = sys.argv[1], Path(sys.argv[2])
database = folder / "shop.duckdb"
if not database.exists():
    connection = duckdb.connect(str(database))
    connection.execute(
        "create table orders(id int, country varchar, d date, ts timestamp, amount double, price decimal(18,2), flag boolean)"
    )
    connection.execute(
        "insert into orders values "
        "(1,'DE','2024-01-02','2024-01-02 03:04:05.123456',1.5,10.25,true),"
        "(2,'FR','1969-12-31','1969-12-31 23:59:59.999999',2.5,-0.01,false),"
        "(3,NULL,NULL,NULL,NULL,NULL,NULL),"
        "(4,'DE','2024-02-02','2024-02-02 00:00:00',4.5,1e10,true)"
    )
    connection.execute("create table numbers as select range + 1 as n from range(100000)")
    connection.close()
os.environ["DUCKDB_DATABASE"] = str(database)
os.environ["DB_VENDOR"] = "duckdb"

from ob_flight import auth  # noqa: E402 (reads the environment when it is imported)
from ob_flight.server import OBFlightServer  # noqa: E402
from orionbelt.service.session_manager import SessionManager  # noqa: E402

sessions = SessionManager()
sessions.get_or_create_named("shop").load_model((Path(__file__).parent / "model.yaml").read_text())
handler = auth.TokenAuthHandler(sys.argv[3]) if len(sys.argv) > 3 else auth.NoopAuthHandler()
server = OBFlightServer(f"grpc://127.0.0.1:{port}", session_manager=sessions, default_dialect="duckdb", auth_handler=handler)
print("listening", flush=True)
server.serve()
