# dazzleduck: DuckDB 1.3.2 with a Flight SQL server in Java and authentication.
# Version 0.0.4, from Maven Central: io.dazzleduck.sql:dazzleduck-sql-flight, 86 jars; Java 17.
#
# Limitations of the server: it accepts parameters only in updates and has no transactions. It replies OK to an ingest and
# stores nothing. It fails on a result with an ENUM, and its catalog fails on a TIMESTAMPTZ column. It runs few queries in
# parallel, and an abandoned query uses a slot until CancelFlightInfo ends it.
engine_name=dazzleduck
engine_about="DazzleDuck 0.0.4 over DuckDB 1.3.2: authentication, parameters only in updates, queries that must be cancelled"
engine_weight=heavy
engine_wait=60

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_url() { echo "flightsql+tcp://admin:admin@127.0.0.1:$1"; }

engine_install() {
    local version=0.0.4
    once "$1" "$version" && return 0
    command -v java >/dev/null || { skip "java is missing" || return; }
    command -v mvn >/dev/null || { skip "mvn is missing" || return; }
    cat >"$1/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>interop</groupId>
  <artifactId>dazzleduck</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.dazzleduck.sql</groupId>
      <artifactId>dazzleduck-sql-flight</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
XML
    mvn --batch-mode --no-transfer-progress --file "$1/pom.xml" dependency:build-classpath \
        -Dmdep.outputFile="$(cd "$1" && pwd)/classpath" >"$1/install.log" 2>&1 ||
        { skip "$(grep -m 1 ERROR "$1/install.log" || echo "Maven cannot get DazzleDuck $version")" || return; }
    touch "$1/installed-$version"
}

# By default it listens on all addresses.
engine_start() {
    mkdir -p "$1/warehouse"
    exec java --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
        --add-opens=java.base/sun.nio.ch=ALL-UNNAMED -cp "$(cat "$1/classpath")" \
        io.dazzleduck.sql.flight.server.Main --conf flight-sql.host=127.0.0.1 --conf "flight-sql.port=$2" \
        --conf useEncryption=false --conf "warehouse=$1/warehouse"
}
