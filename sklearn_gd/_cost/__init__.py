"""What is descended: the least-squares cost of the data, from moments or row by row, and its eigenbasis."""
