"""How much a file may ask for: more than any model needs, and less than what stops a machine."""

#: Bytes of one file.
LARGEST_FILE = 1 << 28
#: Files that a file includes, and how deep they include each other.
MOST_INCLUDES, DEEPEST_INCLUDE = 1000, 30
#: Brackets, signs and operators within each other.
DEEPEST_NESTING = 150
#: Characters of a string, and of one field of a format.
LONGEST_TEXT, WIDEST_FIELD = 10_000, 1000
#: Decimal digits of ROUND_OFF.
MOST_DIGITS = 17
#: Numbers of an array.
MOST_NUMBERS = 1_000_000
#: Objects after all copies.
MOST_OBJECTS = 10_000
#: Releases of one pattern, and molecules of a release at a point.
MOST_TIMES = MOST_POINTS = 100_000
#: Time steps, as the engine counts them.
MOST_STEPS = 2**31 - 2
#: Characters of one part of an output's path.
LONGEST_FILE_NAME = 200
