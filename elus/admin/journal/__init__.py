"""The journal as people read it: lines with names and dates, who may see which, filters, export, end of life."""
