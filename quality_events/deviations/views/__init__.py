"""Pages of protocol deviations, of the specifications by which they are judged, and of freezes; a module each."""
