"""Charts: one Vega-Lite specification becomes the SVG of the page and of the PDF.

`kinds` builds specifications from plain numbers, `drawing` turns one into SVG and keeps it by the hash of the
specification, `intervals` holds the statistics that charts show. Colours are names of tokens: classes on the page, so
light and dark both hold, and the light values on paper. A mark with an address is a link.
"""
