"""The suites that ship with Perdure, as data: `gates.suites: [shipped]` asks them. README.md beside this file."""
