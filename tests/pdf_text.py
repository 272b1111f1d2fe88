"""What a PDF of ours says, for tests: see `local.pdf_text`."""

from local.pdf_text import pages_of, text_of

__all__ = ["pages_of", "text_of"]
