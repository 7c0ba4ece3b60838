"""What compiled code of every room needs: decorators, random numbers by key, row pointers, sums of sigmoids."""
