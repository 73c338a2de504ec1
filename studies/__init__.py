"""Studies: the trial to which records belong, its countries and its sites."""
