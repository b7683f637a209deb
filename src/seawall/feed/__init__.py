"""What is given out: the public tree of files, its TUF repository and its documents."""
