#!/bin/sh
# Runs once, on an empty PostgreSQL: a role and a database for each service; no service can open another's.
set -eu
for name in mlflow prefect ledger; do
  variable="$(echo "$name" | tr '[:lower:]' '[:upper:]')_DB_PASSWORD"
  psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=name="$name" --set=variable="$variable" \
    --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\getenv password :variable
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
