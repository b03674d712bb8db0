#!/bin/sh
# Runs once, on an empty PostgreSQL: a role and a database for each service, and one for MLflow's users; no service can open another's.
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
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
CREATE DATABASE mlflow_auth OWNER mlflow;
REVOKE ALL ON DATABASE mlflow_auth FROM PUBLIC;
SQL
