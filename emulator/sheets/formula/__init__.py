"""A compact formula engine: tokens, parser, evaluator, functions, and the rewriting of references."""
