"""How much a file may ask for: more than any model needs, and less than what stops a machine."""

#: Bytes of a file.
LARGEST_FILE = 1 << 26
#: Elements of a file, and how many of them, or of the parts of a formula, may be within each other.
MOST_ELEMENTS, DEEPEST_NESTING = 1_000_000, 200
#: Numbers, names and operators of all formulas together when functions and rules are written out.
LONGEST_FORMULAS = 500_000
#: Characters of a value in a message.
LONGEST_SHOWN = 50
#: Whose factorial is a number.
LARGEST_FACTORIAL = 170
#: Power of one species in a law.
LARGEST_POWER = 20
#: Products of a law, its steps in time, and the coefficients that these make.
MOST_PRODUCTS, MOST_STEPS, MOST_COEFFICIENTS = 1000, 5000, 1_000_000
#: Molecules of a species at the start: integers are floating-point numbers up to there.
MOST_OF_A_SPECIES = 2**53
#: Compartments that hold species.
MOST_COMPARTMENTS = 100
#: Conserved units in a molecule.
MOST_CONTENT = 1_000_000
