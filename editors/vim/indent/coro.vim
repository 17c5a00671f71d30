" Indentation is Python's.
runtime! indent/python.vim
