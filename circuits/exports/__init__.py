"""Tables for other tools, each format a function from tables to the content of its files; nothing here writes any."""
