"""Lists as people make them their own: saved views, chosen columns, and the files that hold exactly what is shown."""
