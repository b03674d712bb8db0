"""One module per family of commands; components.cli imports a module only when its command is called."""
