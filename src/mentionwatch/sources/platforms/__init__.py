"""The built-in source types: one module a type, named like it. Modules with a leading underscore are their parts."""
