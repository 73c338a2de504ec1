"""Charts: one specification becomes the SVG of the page and of the PDF.

Not built yet; it stands between jobs and attachments, because a chart may be drawn by a job and kept as a file.
"""
