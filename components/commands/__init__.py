"""One module a family of commands; imported by components.cli only when called."""
