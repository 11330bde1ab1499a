"""What is read: the data, as moments or as rows, in standardised coordinates if need be."""
