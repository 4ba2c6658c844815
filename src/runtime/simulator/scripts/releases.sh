#!/bin/sh
# The last releases of Lanternfish, newest first, as the deploy log has them.
cat <<'RELEASES'
d4e5f6  ann   connection pool per request instead of per process      not migrated
a1b2c3  bob   search suggestions for misspelt authors                 not migrated
97c0de  cleo  order table: index on customer and day                  migrated
5ea1ed  ann   covers in AVIF                                          not migrated
RELEASES
