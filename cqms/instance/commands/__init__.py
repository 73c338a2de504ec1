"""One module per command in bin/, each with `main(arguments) -> exit code`."""
