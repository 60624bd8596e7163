"""`python -m optimizer` is the program `double-random`."""

import sys

from optimizer.cli import main

sys.exit(main())
