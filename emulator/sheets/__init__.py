"""Sheets v4. Importing it registers the handlers, the maker of spreadsheet files and the exports."""

from emulator.drive.export import EXPORTERS
from emulator.drive.files import ERASERS, NATIVE
from emulator.sheets import requests, spreadsheets, value_calls
from emulator.sheets.export_html import to_zip
from emulator.sheets.export_ods import ODS, to_ods
from emulator.sheets.export_pdf import to_pdf
from emulator.sheets.export_text import to_csv, to_tsv
from emulator.sheets.export_xlsx import to_xlsx
from emulator.sheets.model import BOOKS, MIME_TYPE

NATIVE[MIME_TYPE] = spreadsheets.make_native
ERASERS.append(lambda world, file_id: world.table(BOOKS).pop(file_id, None))
EXPORTERS[MIME_TYPE, "application/x-vnd.oasis.opendocument.spreadsheet"] = to_ods
EXPORTERS[MIME_TYPE, "text/tab-separated-values"] = to_tsv
EXPORTERS[MIME_TYPE, "application/pdf"] = to_pdf
EXPORTERS[MIME_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = to_xlsx
EXPORTERS[MIME_TYPE, "text/csv"] = to_csv
EXPORTERS[MIME_TYPE, "application/zip"] = to_zip
EXPORTERS[MIME_TYPE, ODS] = to_ods

__all__ = ["requests", "spreadsheets", "value_calls"]
